import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TestCatalog } from '../../test/support/catalog.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import { csvLine, exportCsv, type FindPage } from './export-csv.ts';
import { findPage } from './find.ts';

const QUERY = {
  mountId: '1',
  which: 'published',
  text: '',
  below: '',
  kinds: 'all',
  order: 'place',
  measure: 'allocatedBytes',
} as const;

/** RFC 4180, strictly: what a spreadsheet reads. */
function parse(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < text.length;) {
    const field = /"((?:[^"]|"")*)"|([^",\r\n]*)/uy;
    field.lastIndex = at;
    const match = field.exec(text);
    if (match === null) throw new Error(`No field at ${at}.`);
    row.push((match[1] ?? match[2] ?? '').replaceAll('""', '"'));
    at = field.lastIndex;
    if (text.startsWith('\r\n', at)) {
      rows.push(row);
      row = [];
      at += 2;
    } else if (text[at] === ',') at += 1;
    else throw new Error(`Neither a comma nor a line end at ${at}: ${text.slice(at, at + 20)}`);
  }
  return rows;
}

async function scanned(): Promise<{ find: FindPage; catalog: TestCatalog; root: string }> {
  const catalog = new TestCatalog(temporaryDirectory());
  const root = join(temporaryDirectory(), 'tree');
  mkdirSync(join(root, 'a,b'), { recursive: true });
  writeFileSync(join(root, 'a,b', '=HYPERLINK("x")'), 'x');
  writeFileSync(join(root, 'line\nbreak'), 'xy');
  writeFileSync(Buffer.concat([Buffer.from(join(root, 'by')), Buffer.from([0xff])]), '');
  await catalog.scan(root, catalog.mount(root, 'T'));
  const ask = (request: Parameters<typeof catalog.service.handlers.find>[0]) =>
    Promise.resolve(catalog.service.handlers.find(request));
  const find: FindPage = (query, after, limit) =>
    findPage({ find: ask }, query, after, limit, AbortSignal.timeout(60_000));
  return { find, catalog, root };
}

it('is CSV that a spreadsheet reads as it is, with names that are no text said how', async () => {
  const { find, catalog, root } = await scanned();
  const path = join(temporaryDirectory(), 'out.csv');
  const told: number[] = [];
  const signal = new AbortController().signal;
  expect(await exportCsv(find, QUERY, { path, mountPath: root }, (rows) => told.push(rows), signal)).toBe(4);
  expect(told).toEqual([4]);
  const text = readFileSync(path, 'utf8');
  expect(text.charCodeAt(0)).toBe(0xfeff);
  const [head, ...rows] = parse(text.slice(1));
  expect(head).toEqual([
    'path',
    'kind',
    'size_bytes',
    'allocated_bytes',
    'modified',
    'state',
    'inventoried',
    'path_bytes_base64',
  ]);
  const byPath = new Map(rows.map((row) => [row[0], row]));
  expect(byPath.get(`${root}/a,b/=HYPERLINK("x")`)?.slice(1, 3)).toEqual(['file', '1']);
  expect(byPath.get(`${root}/line\nbreak`)?.[2]).toBe('2');
  const bytes = byPath.get(`${root}/by\\xff`);
  expect(Buffer.from(bytes?.[7] ?? '', 'base64')).toEqual(Buffer.from([0x62, 0x79, 0xff]));
  expect(existsSync(`${path}.part`)).toBe(false);
  catalog.close();
});

it('no cell is a formula', () => {
  expect(csvLine(['=1+1', '+x', '-x', '@x', '\tx', '-5', '5', 'a=b', '＝x'])).toBe(
    "'=1+1,'+x,'-x,'@x,'\tx,-5,5,a=b,'＝x\r\n",
  );
});

it('stopped, or refused by the disk, leaves no file and says why', async () => {
  const { find, catalog, root } = await scanned();
  const dir = temporaryDirectory();
  const target = { path: join(dir, 'out.csv'), mountPath: root };
  await expect(exportCsv(find, QUERY, target, () => undefined, AbortSignal.abort())).rejects.toThrow();
  expect(existsSync(target.path) || existsSync(`${target.path}.part`)).toBe(false);
  const nowhere = { ...target, path: join(dir, 'none', 'out.csv') };
  await expect(exportCsv(find, QUERY, nowhere, () => undefined, new AbortController().signal)).rejects.toMatchObject({
    code: 'EXPORT_FAILED',
  });
  catalog.close();
});
