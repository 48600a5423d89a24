import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import { checkCatalogRoom, checkCatalogWritable } from './catalog-room.ts';

it('refuses a scan whose second copy would fill the disk before it is whole', async () => {
  const catalog = join(temporaryDirectory(), 'smart_catalog.db');
  await expect(checkCatalogRoom(catalog, 1e15)).rejects.toMatchObject({
    code: 'DATA_DIR',
    message: expect.stringContaining('88.8 PiB') as string,
  });
});

it('says what is free, and asks nothing of a first scan', async () => {
  const catalog = join(temporaryDirectory(), 'smart_catalog.db');
  expect(await checkCatalogRoom(catalog, 0)).toMatch(/^PREFLIGHT catalog writable, .*B free$/);
  expect(await checkCatalogRoom(catalog, 1000)).toMatch(/free, about 97\.7 KiB wanted for a second copy/);
});

it('takes a directory without a catalog, and one with', async () => {
  const catalog = join(temporaryDirectory(), 'smart_catalog.db');
  await checkCatalogWritable(catalog);
  writeFileSync(catalog, '');
  await checkCatalogWritable(catalog);
});

it('refuses a directory that can not be written, before anything is opened in it', async () => {
  const catalog = join(temporaryDirectory(), 'gone', 'smart_catalog.db');
  await expect(checkCatalogWritable(catalog)).rejects.toMatchObject({ code: 'DATA_DIR' });
});
