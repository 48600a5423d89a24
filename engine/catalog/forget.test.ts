import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { query, TestCatalog } from '../../test/support/catalog.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';

const TABLES =
  'hosts host_ids mounts scans chunks chunk_roots attempts id_ranges dirs entries problems byte_names type_totals age_totals quarantine';
const ids = ['the-nas'] as const;

describe('a host that is forgotten', () => {
  it('leaves no row behind, and every row of another host as it was', async () => {
    const dir = temporaryDirectory();
    const tree = join(dir, 'tree');
    mkdirSync(join(tree, 'a'), { recursive: true });
    for (const name of ['one.mkv', 'a/two']) writeFileSync(join(tree, name), 'x');
    const catalog = new TestCatalog(join(dir, 'data'));
    const { handlers } = catalog.service;
    await catalog.scan(tree, catalog.mount(tree, 'Mine'), { publish: true });
    const rows = (): unknown => TABLES.split(' ').map((table) => query(catalog, `SELECT * FROM ${table}`));
    const before = rows();
    const { hostId } = handlers.resolveHost({ kind: 'docker', ids, address: 'ssh://nas', name: 'nas' });
    const { mountId } = handlers.resolveMount({ hostId, path: tree, name: 'Videos', create: true });
    for (const publish of [true, true, false]) await catalog.scan(tree, mountId, { publish });
    expect(handlers.hostInventories({ ids })).toEqual({
      inventories: [{ mountName: 'Videos', mountPath: tree, scans: 3, files: 2 }],
    });
    // In as many goes as it takes.
    expect(handlers.forgetHost({ ids, maxMs: -1 })).toEqual({ done: false });
    expect(query(catalog, 'SELECT name FROM mounts WHERE published_scan IS NOT NULL')).toEqual([{ name: 'Mine' }]);
    expect(handlers.forgetHost({ ids, maxMs: 60_000 })).toEqual({ done: true });
    expect(rows()).toEqual(before);
    expect(handlers.forgetHost({ ids, maxMs: 60_000 })).toEqual({ done: true });
    catalog.close();
  });

  it('is not while a scan writes its inventory', () => {
    const catalog = new TestCatalog(temporaryDirectory());
    const scanId = catalog.begin(catalog.mount('/mnt/videos', 'Videos'));
    const forget = (): unknown => catalog.service.handlers.forgetHost({ ids: ['test-host'], maxMs: 60_000 });
    expect(forget).toThrow(`Scan ${scanId} of this host runs`);
    expect(query(catalog, 'SELECT id FROM scans')).toEqual([{ id: scanId }]);
    catalog.close();
  });
});
