import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FindQuery, FoundPage } from '../../shared/files.ts';
import { nameText, type RelativePath } from '../../shared/names.ts';
import { planned, TestCatalog } from '../../test/support/catalog.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import { findPage } from '../app/find.ts';

const QUERY = {
  which: 'published',
  text: '',
  below: '',
  kinds: 'all',
  order: 'place',
  measure: 'apparentBytes',
} as const;

function makeTree(): string {
  const dir = join(temporaryDirectory(), 'tree');
  mkdirSync(join(dir, 'big', 'inner'), { recursive: true });
  mkdirSync(join(dir, 'small'));
  writeFileSync(join(dir, 'big', 'inner', 'film.mkv'), Buffer.alloc(50_000));
  writeFileSync(join(dir, 'small', 'note.txt'), 'x');
  writeFileSync(join(dir, 'top.bin'), Buffer.alloc(20_000));
  return dir;
}

async function page(catalog: TestCatalog, query: Partial<FindQuery>, limit = 100): Promise<FoundPage> {
  const find = (request: Parameters<typeof catalog.service.handlers.find>[0]) =>
    Promise.resolve(catalog.service.handlers.find(request));
  return await findPage({ find }, { mountId: '1', ...QUERY, ...query }, null, limit, AbortSignal.timeout(60_000));
}

/** Every page of it, so small that each tie and each stretch is cut somewhere. */
async function all(catalog: TestCatalog, query: Partial<FindQuery>, limit = 2): Promise<string[]> {
  const find = (request: Parameters<typeof catalog.service.handlers.find>[0]) =>
    Promise.resolve(catalog.service.handlers.find(request));
  const found: string[] = [];
  let after: FoundPage['next'] = null;
  do {
    const { rows, next }: FoundPage = await findPage(
      { find },
      { mountId: '1', ...QUERY, ...query },
      after,
      limit,
      AbortSignal.timeout(60_000),
    );
    found.push(...rows.map((row) => nameText(row.path)));
    after = next;
  } while (after !== null);
  return found;
}

describe('a folder', () => {
  it('lists what is in it, largest first, page by page, with the sums of the inventory', async () => {
    const catalog = new TestCatalog(temporaryDirectory());
    const root = makeTree();
    const certificate = await catalog.scan(root, catalog.mount(root, 'T'));
    const list = (path: RelativePath, offset = 0, limit = 10) =>
      catalog.service.handlers.listing({
        mountId: '1',
        which: 'published',
        path,
        measure: 'apparentBytes',
        offset,
        limit,
      });
    expect(list('').rows.map(({ name }) => name)).toEqual(['big', 'top.bin', 'small']);
    expect(list('')).toMatchObject({ files: 3, total: 3, apparentBytes: certificate.bytes.apparent, state: 'scanned' });
    expect(list('', 1, 1).rows.map(({ name }) => name)).toEqual(['top.bin']);
    expect(list('big/inner').rows).toMatchObject([{ name: 'film.mkv', kind: 'file', apparentBytes: 50_000n }]);
    expect(() => list('big/no')).toThrow('has no such folder');
    expect(() =>
      catalog.service.handlers.listing({
        mountId: '9',
        which: 'published',
        path: '',
        measure: 'apparentBytes',
        offset: 0,
        limit: 1,
      }),
    ).toThrow('no such inventory');
    catalog.close();
  });

  it('fills while its scan runs: what is merged adds up to what closing says', async () => {
    const catalog = new TestCatalog(temporaryDirectory());
    const root = makeTree();
    const mountId = catalog.mount(root, 'T');
    const scanId = catalog.begin(mountId);
    const item = (path: string, mode: 'subtree' | 'own') => ({ path, mode, entries: null, bytes: null }) as const;
    const [deep, rest] = catalog.add(
      scanId,
      planned([item('big/inner', 'subtree')]),
      planned([item('', 'own'), item('big', 'own'), item('small', 'subtree')]),
    );
    const list = (which: 'published' | 'newest', path = '') =>
      catalog.service.handlers.listing({ mountId, which, path, measure: 'apparentBytes', offset: 0, limit: 10 });
    catalog.harvest(await catalog.attempt(root, deep?.id ?? 0));
    expect(list('newest')).toMatchObject({ files: 1, apparentBytes: 50_000n, facts: { state: 'running', scanId } });
    expect(list('newest').rows.find(({ name }) => name === 'big')).toMatchObject({ apparentBytes: 50_000n, files: 1 });
    expect(list('newest').rows.find(({ name }) => name === 'small')).toMatchObject({ state: 'waiting' });
    expect(() => list('published')).toThrow('no such inventory');
    expect(await all(catalog, { which: 'newest', text: 'film' })).toEqual(['big/inner/film.mkv']);
    catalog.harvest(await catalog.attempt(root, rest?.id ?? 0));
    const before = list('newest');
    catalog.finish(scanId);
    const after = list('published');
    expect([before.files, before.apparentBytes, before.rows.map(({ files }) => files)]).toEqual([
      after.files,
      after.apparentBytes,
      after.rows.map(({ files }) => files),
    ]);
    expect(
      catalog.service.handlers.totals({ mountId, which: 'published', top: 5, nowMs: Date.now() }).types,
    ).toHaveLength(3);
    catalog.close();
  });

  it('that could not be read again shows how it was, with its date, also to a search', async () => {
    const catalog = new TestCatalog(temporaryDirectory());
    const root = makeTree();
    const mountId = catalog.mount(root, 'T');
    await catalog.scan(root, mountId);
    const scanId = catalog.begin(mountId);
    const [whole, lost] = catalog.add(
      scanId,
      planned(
        ['', 'small'].map((path) => ({ path, mode: path === '' ? 'own' : 'subtree', entries: null, bytes: null })),
      ),
      planned([{ path: 'big', mode: 'subtree', entries: null, bytes: null }]),
    );
    catalog.harvest(await catalog.attempt(root, whole?.id ?? 0));
    const { attemptId } = catalog.start(lost?.id ?? 0);
    const end = {
      outcome: 'crashed',
      exitCode: 1,
      code: 'WORKER_CRASHED',
      reason: 'x',
      endedAtMs: Date.now(),
    } as const;
    catalog.service.handlers.attemptFailed({ attemptId, chunkId: lost?.id ?? 0, end, maxRetries: 0 });
    catalog.finish(scanId);
    const list = (path: string) =>
      catalog.service.handlers.listing({
        mountId,
        which: 'published',
        path,
        measure: 'apparentBytes',
        offset: 0,
        limit: 10,
      });
    const big = list('').rows.find(({ name }) => name === 'big');
    expect(big).toMatchObject({ apparentBytes: 50_000n });
    expect(big?.state).not.toBe('scanned');
    expect(big?.keptAtMs).toBeGreaterThan(0);
    expect(list('big/inner').rows).toMatchObject([{ name: 'film.mkv' }]);
    expect(list('big/inner').keptAtMs).toBe(big?.keptAtMs);
    expect(list('').files).toBe(2);
    expect(await all(catalog, { text: 'film' }, 1)).toEqual(['big/inner/film.mkv']);
    expect((await page(catalog, { text: 'film' })).rows[0]?.keptAtMs).toBe(big?.keptAtMs);
    expect(await all(catalog, { kinds: 'files' }, 1)).toHaveLength(3);
    catalog.close();
  });
});

describe('a search', () => {
  it('finds hostile names, and takes what one types for itself', async () => {
    const catalog = new TestCatalog(temporaryDirectory());
    const root = makeTree();
    const names = [
      '100%.txt',
      '100x.txt',
      'a_b',
      'axb',
      'back\\slash',
      "it's",
      'ÄRGER.txt',
      'Cafe\u0301',
      'new\nline',
      '=cmd()',
      '日本.txt',
      '[x]*?',
    ];
    for (const name of names) writeFileSync(join(root, 'small', name), name);
    writeFileSync(Buffer.concat([Buffer.from(join(root, 'small/by')), Buffer.from([0xff, 0xfe])]), 'x');
    mkdirSync(Buffer.concat([Buffer.from(join(root, 'dir')), Buffer.from([0xe4])]));
    writeFileSync(Buffer.concat([Buffer.from(join(root, 'dir')), Buffer.from([0xe4]), Buffer.from('/inside')]), 'x');
    await catalog.scan(root, catalog.mount(root, 'T'));
    const found = async (text: string) => (await all(catalog, { text })).map((path) => path.replace(/^small\//u, ''));
    expect(await found('100%')).toEqual(['100%.txt']);
    expect(await found('a_b')).toEqual(['a_b']);
    expect(await found('\\slash')).toEqual(['back\\slash']);
    expect(await found("it's")).toEqual(["it's"]);
    expect(await found('ärger')).toEqual(['ÄRGER.txt']);
    expect(await found('CAFÉ')).toEqual(['Cafe\u0301']);
    expect(await found('w\nl')).toEqual(['new\nline']);
    expect(await found('日本')).toEqual(['日本.txt']);
    expect(await found('[X]*')).toEqual(['[x]*?']);
    expect(await found('\\xff\\xfe')).toEqual(['by\\xff\\xfe']);
    expect(await found('\\xe4')).toEqual(['dir\\xe4']);
    expect(await found('nside')).toEqual(['dir\\xe4/inside']);
    expect(await found("'; DROP TABLE entries; --")).toEqual([]);
    const { rows } = await page(catalog, { kinds: 'directories', text: 'DIR' });
    const [below] = rows;
    expect(await all(catalog, { below: below?.path ?? '' })).toEqual(['dir\\xe4/inside']);
    catalog.close();
  });

  it('pages fit together in every order, with equal sizes, in a folder or everywhere', async () => {
    const catalog = new TestCatalog(temporaryDirectory());
    const root = makeTree();
    for (let n = 0; n < 7; n += 1) writeFileSync(join(root, 'small', `same ${n}`), 'same');
    mkdirSync(join(root, 'small2'));
    writeFileSync(join(root, 'small2', 'same'), 'same');
    linkSync(join(root, 'top.bin'), join(root, 'again.bin'));
    await catalog.scan(root, catalog.mount(root, 'T'));
    const whole = new Set(await all(catalog, {}, 1000));
    expect(whole.size).toBe(16);
    for (const order of ['place', 'size', 'newest'] as const) {
      for (const limit of [1, 3]) {
        const paged = await all(catalog, { order }, limit);
        expect(paged).toHaveLength(16);
        expect(new Set(paged)).toEqual(whole);
      }
    }
    expect(await all(catalog, { order: 'size', kinds: 'files' })).toEqual([
      'big/inner/film.mkv',
      'again.bin',
      'top.bin',
      ...(await all(catalog, { kinds: 'files', text: 'same' })),
      'small/note.txt',
    ]);
    expect(await all(catalog, { below: 'small' })).toHaveLength(8);
    expect(await page(catalog, { below: 'small', text: 'SAME', order: 'size' }, 3)).toMatchObject({
      total: 7,
      rows: [{}, {}, {}],
    });
    const charged = await page(catalog, { text: '.bin', order: 'size', measure: 'chargedBytes' });
    expect(charged.rows.map(({ path, chargedBytes }) => [path, chargedBytes > 0n])).toEqual([
      ['again.bin', true],
      ['top.bin', false],
    ]);
    catalog.close();
  });

  it('ends when nobody wants it any more', async () => {
    const catalog = new TestCatalog(temporaryDirectory());
    const root = makeTree();
    await catalog.scan(root, catalog.mount(root, 'T'));
    const find = (request: Parameters<typeof catalog.service.handlers.find>[0]) =>
      Promise.resolve(catalog.service.handlers.find(request));
    await expect(findPage({ find }, { mountId: '1', ...QUERY }, null, 5, AbortSignal.abort())).rejects.toThrow();
    catalog.close();
  });
});
