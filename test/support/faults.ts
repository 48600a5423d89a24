import { appendFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect } from 'vitest';
import { catalogValue } from './catalog-rows.ts';
import { cli } from './cli.ts';
import { expectSame } from './compare.ts';
import { seeded, type Random } from './random.ts';
import { temporaryDirectory } from './temporary.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** `npm run test:faults` takes its time; `npm test` meets each fault once, in small. */
export const IN_FULL = process.env['SMART_SCANNER_FAULTS'] === 'full';

/** One injection of one fault; what was done is counted for the table of docs/reliability.md. */
export class Fault {
  readonly next: Random;
  readonly #name: string;
  readonly #seed: number;

  constructor(name: string) {
    this.#name = name;
    const { seed, next } = seeded(name);
    this.#seed = seed;
    this.next = next;
  }

  /** `more`: what else was measured, as words. */
  injected(times: number, more = ''): void {
    const file = relative(ROOT, expect.getState().testPath ?? '');
    const line = { file, fault: this.#name, seed: this.#seed, injected: times, more };
    console.log(`FAULT ${JSON.stringify(line)}`);
    const report = process.env['SMART_SCANNER_FAULTS_REPORT'] ?? '';
    if (report !== '') appendFileSync(report, `${JSON.stringify(line)}\n`);
  }
}

/** What a scan under a fault must come to: the same as one that was left alone. */
export function expectUnharmed(dataDir: string, mountName: string, tree: string, sums: ScanSums): void {
  expectSound(dataDir);
  // None at all: what a worker had finished before it was lost with its daemon counts as well.
  const mergedTwice = `SELECT c.id FROM chunks c WHERE 1 < (SELECT count(*) FROM attempts a
    WHERE a.chunk = c.id AND a.outcome IN ('finished', 'remainder'))`;
  expect(rows(dataDir, mergedTwice)).toEqual([]);
  expectSame(dataDir, mountName, tree);
  expect(sumsOf(dataDir)).toEqual(sums);
}

/** Of any catalog, whatever happened: whole, each merged chunk by an attempt that ended, each attempt ended and with its reason. */
export function expectSound(dataDir: string): void {
  expect(catalogValue(dataDir, 'PRAGMA integrity_check')).toBe('ok');
  const merged = rows(
    dataDir,
    `SELECT c.id FROM chunks c WHERE c.state = 'done' AND 1 <> (SELECT count(*) FROM attempts a
      WHERE a.chunk = c.id AND a.id = c.attempt AND a.ended IS NOT NULL)`,
  );
  expect(merged).toEqual([]);
  const counted = rows(
    dataDir,
    'SELECT c.id, c.attempts FROM chunks c WHERE c.attempts <> (SELECT count(*) FROM attempts a WHERE a.chunk = c.id)',
  );
  expect(counted).toEqual([]);
  const unexplained = `SELECT a.id, a.outcome FROM attempts a JOIN chunks c ON c.id = a.chunk JOIN scans s ON s.num = c.scan
    WHERE s.state <> 'open' AND (a.ended IS NULL OR a.outcome IS NULL OR (a.outcome NOT IN ('finished', 'remainder') AND a.reason IS NULL))`;
  expect(rows(dataDir, unexplained)).toEqual([]);
}

/** What was killed from outside says nothing about the directory that was being read. */
export function expectNobodyBlamed(dataDir: string): void {
  expect(rows(dataDir, 'SELECT id, strikes FROM chunks WHERE strikes > 0 OR alone > 0')).toEqual([]);
  expect(rows(dataDir, 'SELECT * FROM quarantine')).toEqual([]);
}

export type ScanSums = Readonly<Record<string, unknown>>;

/** All that the newest scan's certificate and its topmost directory add up to. */
export function sumsOf(dataDir: string): ScanSums {
  const [scan] = rows(dataDir, 'SELECT files, dirs, size, alloc, charged, verdict FROM scans ORDER BY num DESC');
  const [root] = rows(
    dataDir,
    `SELECT all_files, all_dirs, all_size, all_alloc, all_charged FROM dirs
      WHERE parent IS NULL AND scan = (SELECT max(num) FROM scans)`,
  );
  const stored = String(catalogValue(dataDir, 'SELECT certificate FROM scans ORDER BY num DESC'));
  const { entries, directories, bytes, mergedRows, gapCount, verdict } = JSON.parse(stored) as ScanSums;
  return { scan, root, entries, directories, bytes, mergedRows, gapCount, verdict };
}

/** Of a scan of this tree that nothing disturbs. */
export async function undisturbed(tree: string): Promise<ScanSums> {
  const dataDir = temporaryDirectory();
  const scan = await cli(['scan', tree, 'M', '--data-dir', dataDir, '--runtime', 'process']);
  expect(scan).toMatchObject({ status: 0 });
  return sumsOf(dataDir);
}

export function rows(dataDir: string, sql: string): unknown[] {
  const db = new Sqlite(join(dataDir, 'smart_catalog.db'), { readonly: true });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}

/** `killed 5, lost 1`: how the attempts of all scans ended. */
export function outcomes(dataDir: string): string {
  const counts = rows(dataDir, 'SELECT outcome, count(*) AS n FROM attempts GROUP BY outcome ORDER BY outcome');
  return (counts as { outcome: string; n: number }[]).map(({ outcome, n }) => `${outcome} ${n}`).join(', ');
}
