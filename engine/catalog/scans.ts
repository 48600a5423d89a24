import type { Database } from 'better-sqlite3';
import { v7 as uuidv7 } from 'uuid';
import { SmartScannerError } from '../../shared/errors.ts';
import type { PlanWay, ScanSettings } from '../../shared/settings.ts';
import type { ScanRow } from '../../shared/inventory.ts';
import type { MountInfo, NewScan, OpenScan } from './api.ts';
import type { ScanLocks } from './locks.ts';
import { running } from './running.ts';

interface ScanDbRow {
  id: string;
  mount_name: string;
  mount_path: string;
  host_name: string;
  mount_id: string;
  state: ScanRow['state'];
  verdict: ScanRow['verdict'];
  published: bigint;
  plan_way: PlanWay;
  runtime: 'docker' | 'process';
  started: bigint;
  finished: bigint | null;
  files: bigint;
  dirs: bigint;
  size: bigint;
  alloc: bigint;
  log_path: string;
}

/** Hosts, mounts and scan rows. */
export class Scans {
  readonly #db: Database;
  readonly #locks: ScanLocks;

  constructor(db: Database, locks: ScanLocks) {
    this.#db = db;
    this.#locks = locks;
  }

  /** The host that any of the ids belongs to, a new one where none does; ids that are new are noted. */
  resolveHost(request: { kind: string; ids: readonly string[]; address: string; name: string }): string {
    const { kind, ids, address, name } = request;
    return this.#db
      .transaction(() => {
        const find = this.#db.prepare<[string], string>('SELECT host FROM host_ids WHERE id = ?').pluck();
        const known = ids.map((id) => find.get(id)).find((host) => host !== undefined);
        const host = known ?? uuidv7();
        this.#db
          .prepare(
            'INSERT INTO hosts VALUES (?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET kind = excluded.kind, address = excluded.address, name = excluded.name',
          )
          .run(host, kind, address, name);
        const add = this.#db.prepare('INSERT OR IGNORE INTO host_ids VALUES (?, ?)');
        for (const id of ids) add.run(id, host);
        return host;
      })
      .immediate();
  }

  /** null where no host has any of these ids. Writes nothing. */
  findHost(ids: readonly string[]): string | null {
    const find = this.#db.prepare<[string], string>('SELECT host FROM host_ids WHERE id = ?').pluck();
    return ids.map((id) => find.get(id)).find((host) => host !== undefined) ?? null;
  }

  planMade(scanId: string): void {
    this.#db.prepare('UPDATE scans SET planned = 1 WHERE id = ?').run(scanId);
  }

  changeSettings(scanId: string, settings: ScanSettings): void {
    const { num } = this.get(scanId);
    this.#db.prepare('UPDATE scans SET settings = ? WHERE num = ?').run(JSON.stringify(settings), num);
  }

  resolveMount(request: { hostId: string; path: string; name: string; create: boolean }): MountInfo {
    const resolve = this.#db.transaction(() => {
      const { hostId, path, name, create } = request;
      const byName = this.#db
        .prepare<[string, string], { id: number; path: string }>(
          'SELECT id, path FROM mounts WHERE host = ? AND name = ?',
        )
        .get(hostId, name);
      if (byName !== undefined && byName.path !== path) {
        throw new SmartScannerError(
          'MOUNT_NAME_TAKEN',
          `The name "${name}" already stands for ${byName.path}; it can't also stand for ${path}.`,
          {
            hint: 'Choose another name for this mount point.',
          },
        );
      }
      const byPath = this.#db
        .prepare<[string, string], { id: number; name: string }>(
          'SELECT id, name FROM mounts WHERE host = ? AND path = ?',
        )
        .get(hostId, path);
      if (byPath !== undefined && byPath.name !== name) {
        throw new SmartScannerError(
          'MOUNT_PATH_NAMED_OTHERWISE',
          `${path} is already known as "${byPath.name}", not as "${name}".`,
          {
            hint: `Scan it as "${byPath.name}".`,
          },
        );
      }
      if (byPath !== undefined)
        return { mountId: String(byPath.id), created: false, published: this.#published(byPath.id) };
      if (!create) return { mountId: '', created: false, published: null };
      const id = this.#db
        .prepare('INSERT INTO mounts(host, path, name) VALUES (?, ?, ?)')
        .run(hostId, path, name).lastInsertRowid;
      return { mountId: String(id), created: true, published: null };
    });
    // One that only looks waits for nobody who writes.
    return request.create ? resolve.immediate() : resolve.deferred();
  }

  create(scan: NewScan): string {
    const id = scan.scanId ?? uuidv7();
    // Held before anybody can see the row, so that an open scan without a lock has no owner any more.
    if (!this.#locks.acquire(id)) throw new SmartScannerError('INTERNAL', 'The lock of a new scan is taken.');
    try {
      this.#db
        .transaction(() => {
          this.#refuseSecond(Number(scan.mountId));
          const num = Number(
            this.#db
              .prepare(
                `INSERT INTO scans(id, mount, state, settings, plan_way, runtime, owner, log_path, started)
               VALUES (?, ?, 'open', ?, ?, ?, ?, ?, ?)`,
              )
              .run(
                id,
                scan.mountId,
                JSON.stringify(scan.settings),
                scan.planWay,
                scan.runtime,
                scan.owner,
                scan.logPath,
                scan.startedAtMs,
              ).lastInsertRowid,
          );
          const root = this.#db
            .prepare(
              `INSERT INTO dirs(scan, parent, name, depth, path, state, met) VALUES (?, NULL, NULL, 0, '', 0, 1)`,
            )
            .run(num).lastInsertRowid;
          this.#db.prepare('UPDATE scans SET root = ? WHERE num = ?').run(root, num);
          this.#db.prepare('INSERT INTO id_ranges VALUES (?, ?, ?)').run(num, root, root);
        })
        .immediate();
      return id;
    } catch (error) {
      this.#locks.release(id);
      throw error;
    }
  }

  get(scanId: string): { num: number; mount: number; root: number; state: string } {
    const row = this.#db
      .prepare<[string], { num: number; mount: number; root: number; state: string }>(
        'SELECT num, mount, root, state FROM scans WHERE id = ?',
      )
      .get(scanId);
    if (row === undefined)
      throw new SmartScannerError('NO_SUCH_SCAN', `There is no scan ${scanId}.`, {
        hint: 'See `smart-scanner stats` for past scans.',
      });
    return row;
  }

  list(mountName: string | null, limit: number): ScanRow[] {
    return this.#db
      .prepare<[string | null, string | null, number], ScanDbRow>(
        `SELECT s.id, CAST(m.id AS TEXT) AS mount_id, m.name AS mount_name, m.path AS mount_path, h.name AS host_name, s.state, s.verdict, s.num = m.published_scan AS published,
          s.plan_way, s.runtime, s.started, s.finished, s.files, s.dirs, s.size, s.alloc, s.log_path
         FROM scans s JOIN mounts m ON m.id = s.mount JOIN hosts h ON h.id = m.host
         WHERE ? IS NULL OR m.name = ? ORDER BY s.num DESC LIMIT ?`,
      )
      .safeIntegers()
      .all(mountName, mountName, limit)
      .map((row) => toScanRow(row, row.state === 'open' && !this.#locks.isHeld(row.id)));
  }

  open(): OpenScan[] {
    return this.#db
      .prepare<[], Omit<OpenScan, 'alive'>>(
        `SELECT s.id AS scanId, CAST(m.id AS TEXT) AS mountId, m.name AS mountName, m.host AS hostId, s.owner,
         s.started AS startedAtMs FROM scans s JOIN mounts m ON m.id = s.mount
         WHERE s.state = 'open' ORDER BY s.num`,
      )
      .all()
      .map((row) => ({ ...row, alive: this.#locks.isHeld(row.scanId) }));
  }

  #published(mount: number): MountInfo['published'] {
    const row = this.#db
      .prepare<[number], { scanId: string; entries: number; finishedAtMs: number }>(
        `SELECT s.id AS scanId, s.files + s.dirs - 1 AS entries, s.finished AS finishedAtMs FROM mounts m JOIN scans s ON s.num = m.published_scan
         WHERE m.id = ?`,
      )
      .get(mount);
    return row ?? null;
  }

  #refuseSecond(mount: number): void {
    const open = this.#db
      .prepare<[number], { id: string; owner: string; started: number }>(
        `SELECT id, owner, started FROM scans WHERE mount = ? AND state = 'open'`,
      )
      .all(mount);
    for (const scan of open) {
      if (this.#locks.isHeld(scan.id)) throw running({ scanId: scan.id, owner: scan.owner, startedAtMs: scan.started });
      this.#db.prepare(`UPDATE scans SET state = 'interrupted' WHERE id = ?`).run(scan.id);
    }
  }
}

/** `ownerless`: open, but nobody holds its lock any more. */
function toScanRow(row: ScanDbRow, ownerless: boolean): ScanRow {
  return {
    scanId: row.id,
    mountName: row.mount_name,
    mountId: row.mount_id,
    mountPath: row.mount_path,
    hostName: row.host_name,
    state: ownerless ? 'interrupted' : row.state,
    verdict: row.verdict,
    published: row.published === 1n,
    planWay: row.plan_way,
    runtime: row.runtime,
    startedAtMs: Number(row.started),
    finishedAtMs: row.finished === null ? null : Number(row.finished),
    files: Number(row.files),
    directories: Number(row.dirs),
    apparentBytes: row.size,
    allocatedBytes: row.alloc,
    logPath: row.log_path,
  };
}
