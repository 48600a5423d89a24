import { execFileSync } from 'node:child_process';
import { Buffer } from 'node:buffer';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ENTRY_KIND } from '../shared/shard-schema.ts';
import { WORKER_EXIT } from '../shared/worker-protocol.ts';
import { temporaryDirectory } from '../test/support/temporary.ts';
import { jobOf, resultFile, runWorker, startWorker, worker } from '../test/support/worker.ts';

const dir = temporaryDirectory();
const mount = join(dir, 'mount');

beforeAll(() => {
  mkdirSync(join(mount, 'empty'), { recursive: true });
  writeFileSync(join(mount, 'file'), 'four');
  // Node's own utimes takes a negative time for now.
  execFileSync('touch', ['-d', '@-1.5004', join(mount, 'file')]);
  symlinkSync('nowhere', join(mount, 'link'));
  execFileSync('mkfifo', [join(mount, 'fifo')]);
  writeFileSync(Buffer.concat([Buffer.from(`${mount}/`), Buffer.from([0xff])]), '');
});

describe('a probe', () => {
  it('of a mount point tells what a scan would meet', async () => {
    const running = startWorker('probe', jobOf('probe', mount));
    const { status, result } = await running.done;
    expect(status).toBe(WORKER_EXIT.done);
    expect(result?.probe).toMatchObject({
      exists: true,
      isDirectory: true,
      listable: true,
      empty: false,
      code: null,
      spoolWritable: true,
    });
    expect(Math.abs(Date.now() - (result?.probe?.nowMs ?? 0))).toBeLessThan(60_000);
    expect(BigInt(result?.probe?.totalBytes ?? 0)).toBeGreaterThan(0n);
    expect(resultFile(running.spool)).toEqual(result);
  });

  it('says UTC where TZ names a zone that does not exist, instead of a result that nobody understands', async () => {
    vi.stubEnv('TZ', 'Nonsense/Zone');
    try {
      const running = startWorker('probe', jobOf('probe', mount));
      expect(await running.done).toMatchObject({ status: WORKER_EXIT.done, result: { probe: { timezone: 'UTC' } } });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it.each([
    ['an empty one', 'empty', WORKER_EXIT.done, { exists: true, listable: true, empty: true }],
    ['none', 'nowhere', WORKER_EXIT.mount, { exists: false, listable: false, code: 'ENOENT' }],
    ['a file', 'file', WORKER_EXIT.mount, { exists: true, isDirectory: false, listable: false }],
  ])('of %s says so', async (_name, path, status, probe) => {
    expect(await worker('probe', jobOf('probe', join(mount, path)))).toMatchObject({ status, result: { probe } });
  });
});

describe('a list', () => {
  it('has kinds, sizes, times and names that are not UTF-8', async () => {
    const { status, result } = await worker('list', jobOf('list', mount));
    expect(status).toBe(WORKER_EXIT.done);
    const byKind = [...(result?.list?.entries ?? [])].sort(
      (a, b) => a.kind - b.kind || Number(a.size) - Number(b.size),
    );
    expect(byKind).toMatchObject([
      { name: { b64: '/w==', text: '\\xff' }, kind: ENTRY_KIND.file, size: '0' },
      { name: 'file', kind: ENTRY_KIND.file, size: '4', mtimeMs: -1501 },
      { name: 'empty', kind: ENTRY_KIND.directory },
      { name: 'link', kind: ENTRY_KIND.symlink },
      { name: 'fifo', kind: ENTRY_KIND.fifo },
    ]);
    expect(result?.list?.truncated).toBe(false);
  });

  it('stops at its limit and says that there is more', async () => {
    const { result } = await worker('list', jobOf('list', mount, { limit: 2 }));
    expect({ length: result?.list?.entries.length, truncated: result?.list?.truncated }).toEqual({
      length: 2,
      truncated: true,
    });
  });

  it('of a directory that is not there says which call failed', async () => {
    const { status, result } = await worker('list', jobOf('list', mount, { path: 'nowhere' }));
    expect({ status, error: result?.error }).toEqual({ status: WORKER_EXIT.mount, error: 'opendir: ENOENT' });
  });
});

describe('places', () => {
  it('are told each for itself: space, entries where they were asked for, links with their target, and what is wrong with one', async () => {
    const places = [
      { path: mount, limit: 10 },
      { path: join(mount, 'empty'), limit: 0 },
      { path: join(dir, 'gone'), limit: 10 },
    ];
    const { status, result } = await worker(
      'places',
      jobOf('places', '/', { mountTable: '/proc/1/mountinfo', places }),
    );
    expect(status).toBe(WORKER_EXIT.done);
    const looked = result?.places?.looked ?? [];
    expect(looked.map(({ error }) => error)).toEqual([null, null, 'ENOENT']);
    expect(Number(looked[1]?.totalBytes)).toBeGreaterThan(0);
    expect(looked[1]?.list).toBeNull();
    const entries = looked[0]?.list?.entries ?? [];
    expect(entries.find(({ name }) => name === 'link')).toMatchObject({ kind: ENTRY_KIND.symlink, target: 'nowhere' });
    expect(entries.find(({ name }) => name === 'empty')).toMatchObject({ kind: ENTRY_KIND.directory });
    expect(result?.places?.mounts?.some(({ point }) => point === '/')).toBe(true);
  });
});

describe('the command line', () => {
  it.each([[[]], [['scan']], [['explode', '/tmp/job.json']]])('%j: exit 64 and how it is used', async (args) => {
    const { status, err } = await runWorker(args, dir).done;
    expect(status).toBe(WORKER_EXIT.badJob);
    expect(err).toContain('usage: worker.cjs scan|measure|list|probe|places <job file>');
  });

  it('with a job file that is not there or no JSON: exit 64 and a result that says so', async () => {
    writeFileSync(join(dir, 'broken.json'), '{"kind": "scan", ');
    for (const [file, message] of [
      ['absent.json', /ENOENT/],
      ['broken.json', /JSON/],
    ] as const) {
      const { status, result } = await runWorker(['scan', join(dir, file)], dir).done;
      expect(status).toBe(WORKER_EXIT.badJob);
      expect(result?.error).toMatch(message);
    }
  });
});

it('whose bundle is cut off while its threads start says so instead of waiting for ever', async () => {
  const whole = join(import.meta.dirname, '..', 'dist', 'worker.cjs');
  const bundle = join(dir, 'worker.cjs');
  // As if it were replaced in between: the program that starts is whole, what its threads load is empty.
  writeFileSync(bundle, `if (require('node:worker_threads').isMainThread) require('./whole.cjs');\n`);
  writeFileSync(join(dir, 'whole.cjs'), readFileSync(whole, 'utf8').replaceAll('__filename', JSON.stringify(bundle)));
  const { status, result } = await startWorker('probe', jobOf('probe', mount), bundle).done;
  expect({ status, error: result?.error }).toEqual({
    status: WORKER_EXIT.internal,
    error: 'The keeper thread ended before its work did.',
  });
});
