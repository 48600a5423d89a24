import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { canMount, smallDisk } from '../../test/support/small-disk.ts';
import { createScanLog } from './scan-log-file.ts';

const before = process.cwd();
const dir = mkdtempSync(join(tmpdir(), 'scan-log-'));

afterEach(() => {
  process.chdir(before);
  rmSync(dir, { recursive: true, force: true });
});

it('is written wherever the command is started: a user in any directory finds the log that the summary names', () => {
  process.chdir(dir);
  const shown: string[] = [];
  const log = createScanLog({
    dir: join(dir, 'logs'),
    startedAtMs: new Date(2026, 0, 31, 18, 5, 9).getTime(),
    now: () => new Date(2026, 0, 31, 18, 5, 9).getTime(),
    onLine: (line) => shown.push(line.text),
  });
  log.error('Failed directory a\nb: opendir EACCES');
  expect(log.path).toBe(join(dir, 'logs', 'smart_scan_20260131_180509.log'));
  const lines = readFileSync(log.path, 'utf8').trimEnd().split('\n');
  expect(lines).toEqual([
    expect.stringMatching(/^2026-01-31 18:05:09 - INFO - Times are local \(/),
    '2026-01-31 18:05:09 - ERROR - Failed directory a\\x0ab: opendir EACCES',
  ]);
  expect(shown).toHaveLength(2);
});

it.skipIf(!canMount())(
  'on a full disk loses lines, says so once, and prints nothing else (needs root to mount a tmpfs)',
  () => {
    const disk = smallDisk(64);
    const printed = [vi.spyOn(console, 'error'), vi.spyOn(console, 'log'), vi.spyOn(console, 'warn')];
    try {
      const shown: string[] = [];
      const log = createScanLog({
        dir: join(disk.dir, 'logs'),
        startedAtMs: 0,
        now: () => 0,
        onLine: (line) => shown.push(line.text),
      });
      disk.fill();
      for (let line = 0; line < 200; line += 1) log.info('x'.repeat(100));
      expect(shown).toHaveLength(1 + 200 + 1);
      expect(shown.filter((text) => text.startsWith('The scan log loses lines: '))).toHaveLength(1);
      disk.empty();
      log.info('the last line');
      expect(readFileSync(log.path, 'utf8')).toContain('the last line');
      for (const spy of printed) expect(spy).not.toHaveBeenCalled();
    } finally {
      vi.restoreAllMocks();
      disk.unmount();
    }
  },
);
