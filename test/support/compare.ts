import { expect } from 'vitest';
import { independentWalk, KIND_OF, toMilliseconds } from '../fixtures/independent-walk.ts';
import { publishedRows } from './catalog-rows.ts';

/** Everything that find sees is in the published scan, row by row; and nothing that find doesn't see. */
export function expectSame(dataDir: string, mount: string, root: string): void {
  const walked = independentWalk(root);
  const rows = publishedRows(dataDir, mount);
  expect([...rows.keys()].sort()).toEqual([...walked.keys()].sort());
  for (const [path, entry] of walked) {
    const row = rows.get(path);
    expect({
      path,
      kind: row?.kind,
      size: row?.size,
      alloc: row?.alloc,
      mtime: row?.mtime,
      nlink: row?.nlink,
      ino: row?.ino,
    }).toEqual({
      path,
      kind: KIND_OF[entry.type],
      size: entry.size,
      alloc: entry.blocks * 512n,
      mtime: toMilliseconds(entry.mtime),
      nlink: entry.nlink,
      ino: entry.ino,
    });
  }
}
