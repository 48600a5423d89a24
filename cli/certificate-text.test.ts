import pc from 'picocolors';
import { expect, it } from 'vitest';
import type { Certificate } from '../shared/certificate.ts';
import { certificateText, summaryLine } from './certificate-text.ts';

const EVIL = '\u001b[2J\u202ename\n';

const certificate: Certificate = {
  version: 1,
  scanId: 's',
  mountName: EVIL,
  mountPath: `/mnt/${EVIL}`,
  hostName: EVIL,
  startedAtMs: 1_000,
  finishedAtMs: 2_000,
  verdict: 'gaps',
  interrupted: false,
  published: false,
  unpublishedReason: 'the scan was interrupted',
  entries: { returned: 3, files: 1, subdirs: 1, excluded: 1, failed: 0, vanished: 0 },
  directories: { total: 2, scanned: 1, excluded: 1, failed: 0, vanished: 0, pending: 0 },
  bytes: { apparent: 1n, allocated: 1n, charged: 1n },
  mergedRows: 1,
  gapCount: 1,
  gaps: [{ path: EVIL, state: 'failed', reason: EVIL, syscall: 'opendir', belowUnknown: true }],
  excludedBy: [{ rule: `rule:${EVIL}`, directories: 1 }],
  disagreements: [],
  drift: { entries: 1, bytes: 0 },
  chunks: { total: 1, done: 1, failed: 0, open: 0 },
  attempts: 1,
};
const text = certificateText(certificate, pc.createColors(false));

it('shows no name, path or rule raw: they would drive the terminal', () => {
  expect(text.replaceAll('\n', '') + summaryLine(certificate, 1)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(text).toContain('(/mnt/\\x1b[2J\\u{202e}name\\x0a on ');
});

it('counts one thing as one', () => {
  expect(text).toContain('= 1 file + 1 directory + 1 excluded');
  expect(text).toContain('Catalog rows     1 file\n');
  expect(text).toMatch(/in 1 attempt$/m);
  expect(text).toContain('+1 entry since');
  expect(summaryLine(certificate, 1)).toMatch(/: 1 file, 1 B in 1 directory, scanned/);
  const many = { ...certificate, mergedRows: 1_234, attempts: 0 };
  expect(certificateText(many, pc.createColors(false))).toMatch(/1,234 files\n[^]*in 0 attempts$/m);
});

it('says what is missing, and claims no inventory from before where there may be none', () => {
  expect(text).toContain('GAPS: all is in the catalog but what is named below (1).');
  expect(text).toContain('Not published: the scan was interrupted. An inventory from before stays;');
});
