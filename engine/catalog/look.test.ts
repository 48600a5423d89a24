import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TestCatalog, WHOLE_MOUNT } from '../../test/support/catalog.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';

function tree(): string {
  const dir = join(temporaryDirectory(), 'tree');
  mkdirSync(join(dir, 'big', 'inner'), { recursive: true });
  mkdirSync(join(dir, 'small'));
  writeFileSync(join(dir, 'big', 'inner', 'film.mkv'), Buffer.alloc(50_000));
  writeFileSync(join(dir, 'small', 'note.txt'), 'x');
  writeFileSync(join(dir, 'top.bin'), Buffer.alloc(20_000));
  return dir;
}

it('shows chunks while they are scanned, with each try', async () => {
  const catalog = new TestCatalog(temporaryDirectory());
  const root = tree();
  const scanId = catalog.begin(catalog.mount(root, 'T'));
  const [chunk] = catalog.add(scanId, WHOLE_MOUNT);
  const chunkId = chunk?.id ?? 0;
  const { chunks, chunk: one, lastRequest } = catalog.service.handlers;
  expect(chunks({ scanId }).chunks).toMatchObject([{ id: chunkId, state: 'queued', files: null }]);
  catalog.harvest(await catalog.attempt(root, chunkId));
  expect(chunks({ scanId }).chunks).toMatchObject([{ id: chunkId, state: 'done', files: 3, attempts: 1 }]);
  expect(one({ scanId, chunkId })).toMatchObject({
    roots: [{ path: '', mode: 'subtree' }],
    attempts: [{ outcome: 'finished', exitCode: 0 }],
  });
  expect(() => chunks({ scanId: 'none' })).toThrow('There is no scan none');
  expect(() => one({ scanId, chunkId: 99 })).toThrow('no chunk 99');
  expect(lastRequest({ mountName: 'T', mountId: null }).request).toMatchObject({ mountPath: root, mountName: 'T' });
  expect(lastRequest({ mountName: 'other', mountId: null }).request).toBeNull();
  catalog.close();
});

it('being opened again by a query leaves a running scan its lock', () => {
  const catalog = new TestCatalog(temporaryDirectory());
  const scanId = catalog.begin(catalog.mount('/mnt/x', 'X'));
  const { open } = catalog.service.handlers;
  expect(open({ path: catalog.path, mustExist: true, allowAnyFilesystem: true })).toEqual({ created: false });
  const other = new TestCatalog(catalog.dataDir);
  expect(other.service.handlers.openScans(null).scans).toMatchObject([{ scanId, alive: true }]);
  other.close();
  catalog.close();
});
