import type { Database } from 'better-sqlite3';
import type { Certificate } from '../../shared/certificate.ts';
import { DIR_STATE } from '../../shared/shard-schema.ts';
import type { CloseRequest } from './api.ts';
import { certify, type CertificateFacts } from './certificate.ts';
import { certificateToJson } from './certificate-json.ts';
import { CloseSums } from './close-sums.ts';
import { keepLastGood, releaseKept } from './kept.ts';
import type { DirPaths } from './paths.ts';
import type { Scans } from './scans.ts';

/** A scan with less than this share of the entries before is not believed. */
const MIN_SHARE = 0.5;

/**
 * Ends a scan: sums, certificate, publishing, each in its own transaction; the last one flips the inventory in one row. `note` runs each step that
 * writes, and may run it again where it failed: not all of them together, since sums that are carried up are not carried up twice.
 */
export function closeScan(
  db: Database,
  scans: Scans,
  paths: DirPaths,
  request: CloseRequest,
  note: <T>(step: () => T) => T,
): Certificate {
  const scan = scans.get(request.scanId);
  // Closing may have broken off after this step: sums are carried up once.
  const isSummed = db.prepare<[number], number>('SELECT summed FROM scans WHERE num = ?').pluck().get(scan.num) === 1;
  if (!isSummed) note(() => db.transaction(() => new CloseSums(db, scan.num).run()).immediate());
  note(() => db.exec('CREATE INDEX IF NOT EXISTS entries_large ON entries(size) WHERE size >= 104857600'));
  const facts = certify(db, paths, scan.num, request.interrupted, request.finishedAtMs);
  const publish = db.transaction(() => {
    const published =
      db.prepare<[number], number | null>('SELECT published_scan FROM mounts WHERE id = ?').pluck().get(scan.mount) ??
      null;
    const unpublishedReason = whyNot(db, scan, facts, published, request.publish);
    const certificate: Certificate = { ...facts, published: unpublishedReason === null, unpublishedReason };
    db.prepare(
      `UPDATE scans SET state = ?, finished = ?, verdict = ?, published = ?, certificate = ?, files = ?, dirs = ?, size = ?, alloc = ?, charged = ?
       WHERE num = ?`,
    ).run(
      request.interrupted ? 'interrupted' : 'finished',
      request.finishedAtMs,
      certificate.verdict,
      certificate.published ? 1 : 0,
      certificateToJson(certificate),
      certificate.entries.files,
      certificate.directories.scanned,
      certificate.bytes.apparent,
      certificate.bytes.allocated,
      certificate.bytes.charged,
      scan.num,
    );
    if (certificate.published) {
      if (published === scan.num) releaseKept(db, paths, scan.num);
      else if (published !== null && certificate.gapCount > 0) keepLastGood(db, paths, scan.num, published);
      db.prepare('UPDATE mounts SET published_scan = ? WHERE id = ?').run(scan.num, scan.mount);
    }
    return certificate;
  });
  return note(() => publish.immediate());
}

/** Why this scan must not replace the inventory, or null. `forced` (--publish) overrides what may be meant, not what is no inventory. */
function whyNot(
  db: Database,
  scan: { num: number; root: number },
  facts: CertificateFacts,
  published: number | null,
  forced: boolean,
): string | null {
  // Tried again in parts: what it had stays, so it is the inventory whatever became of those.
  if (published === scan.num) return null;
  const rootState = db.prepare<[number], number>('SELECT state FROM dirs WHERE id = ?').pluck().get(scan.root);
  if (rootState !== DIR_STATE.scanned) return 'the mount point itself was not scanned';
  if (facts.verdict === 'disagrees') return 'the sums of the certificate disagree';
  if (forced) return null;
  if (facts.interrupted) return 'the scan was interrupted';
  if (published === null) return null;
  const before =
    db.prepare<[number], number>('SELECT files + dirs - 1 FROM scans WHERE num = ?').pluck().get(published) ?? 0;
  const now = facts.entries.files + Math.max(0, facts.directories.scanned - 1);
  if (before > 0 && now === 0) return `the mount is empty now, but had ${before} entries`;
  if (now < before * MIN_SHARE) return `it found ${now} entries, less than half of the ${before} before`;
  return null;
}
