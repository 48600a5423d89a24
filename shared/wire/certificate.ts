import * as v from 'valibot';
import type { Certificate } from '../certificate.ts';
import type { Plain } from '../plain.ts';
import { atMs, big, list, name, number, text, yes, type Wire } from './common.ts';

export const verdict = v.picklist(['covered', 'gaps', 'disagrees']);

export const certificate: Wire<Plain<Certificate>> = v.strictObject({
  version: v.literal(1),
  scanId: text,
  mountName: text,
  mountPath: text,
  hostName: text,
  startedAtMs: atMs,
  finishedAtMs: atMs,
  verdict,
  interrupted: yes,
  published: yes,
  unpublishedReason: v.nullable(text),
  entries: v.strictObject({
    returned: number,
    files: number,
    subdirs: number,
    excluded: number,
    failed: number,
    vanished: number,
  }),
  directories: v.strictObject({
    total: number,
    scanned: number,
    excluded: number,
    failed: number,
    vanished: number,
    pending: number,
  }),
  bytes: v.strictObject({ apparent: big, allocated: big, charged: big }),
  mergedRows: number,
  gapCount: number,
  gaps: list(
    v.strictObject({
      path: name,
      state: v.picklist(['failed', 'pending', 'entry-failed']),
      reason: text,
      syscall: v.nullable(text),
      belowUnknown: yes,
    }),
  ),
  excludedBy: list(v.strictObject({ rule: text, directories: number })),
  disagreements: list(v.strictObject({ what: text, expected: text, found: text })),
  drift: v.nullable(v.strictObject({ entries: number, bytes: number })),
  chunks: v.strictObject({ total: number, done: number, failed: number, open: number }),
  attempts: number,
});
