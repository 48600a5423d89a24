// npm run bench:find: how long a search by name takes over an inventory of a million files, and its longest single call of the catalog.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPage } from '../engine/app/find.ts';
import { CatalogService } from '../engine/catalog/service.ts';
import type { FindQuery } from '../shared/files.ts';
import { makeBigCatalog } from '../test/support/big-catalog.ts';

const ROUNDS = 5;
const dir = mkdtempSync(join(tmpdir(), 'bench-find-'));
makeBigCatalog(dir, '/mnt/user/Media', 'Media', { files: 900_000, folders: 45_000, inOneFolder: 100_000 });
const service = new CatalogService();
service.handlers.open({ path: join(dir, 'smart_catalog.db'), mustExist: true, allowAnyFilesystem: true });
let longest = 0;
const find = (request: Parameters<typeof service.handlers.find>[0]) => {
  const began = performance.now();
  const reply = service.handlers.find(request);
  longest = Math.max(longest, performance.now() - began);
  return Promise.resolve(reply);
};
const base: FindQuery = {
  mountId: '1',
  which: 'published',
  text: '',
  below: '',
  kinds: 'all',
  order: 'place',
  measure: 'allocatedBytes',
};
const cases: readonly (readonly [string, Partial<FindQuery>])[] = [
  ['common text, by place', { text: 'holiday' }],
  ['no hit, by place', { text: 'zzzz' }],
  ['common text, by size', { text: 'holiday', order: 'size' }],
  ['one hit, newest', { text: '0999999', order: 'newest' }],
  ['beyond ASCII', { text: 'ärger', order: 'size' }],
  ['in a folder, by size', { text: 'concert', order: 'size', below: 'Holiday 2010' }],
  ['largest files', { kinds: 'files', order: 'size' }],
];
for (const [name, query] of cases) {
  const times: number[] = [];
  longest = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const began = performance.now();
    await findPage({ find }, { ...base, ...query }, null, 500, AbortSignal.timeout(60_000));
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  console.log(
    `${name.padEnd(24)} median ${Math.round(times[2] ?? 0)} ms, slowest ${Math.round(times.at(-1) ?? 0)} ms, longest call ${Math.round(longest)} ms`,
  );
}
const began = performance.now();
const list = service.handlers.listing({
  mountId: '1',
  which: 'published',
  path: 'Everything',
  measure: 'allocatedBytes',
  offset: 99_500,
  limit: 500,
});
console.log(`the end of a folder of ${list.total} entries: ${Math.round(performance.now() - began)} ms`);
service.close();
rmSync(dir, { recursive: true, force: true });
