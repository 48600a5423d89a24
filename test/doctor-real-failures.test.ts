import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Diagnosis } from '../shared/diagnosis.ts';
import { SPOOL_FILES } from '../shared/worker-protocol.ts';
import { catalogValue } from './support/catalog-rows.ts';
import { cli, type CliOptions } from './support/cli.ts';
import { Ward } from './support/doctor.ts';
import { describeWithFuse, mountFuse } from './support/fuse.ts';
import { tuned } from './support/tuned.ts';

const ids = ({ findings }: Diagnosis): string[] => findings.map(({ id }) => id);
const scanOf = (ward: Ward, path: string, ...more: string[]): string[] => [
  ...['scan', path, 'Tree', '--data-dir', ward.data],
  ...more,
];

async function press(ward: Ward, fix: string, options: CliOptions = {}): Promise<{ said: string; status: unknown }> {
  const { out, err, status } = await cli(['debug', '--data-dir', ward.data, '--fix', fix], options);
  return { said: out + err, status };
}

it('what a worker wrote is damaged before it is fetched; tried again on a disk that is well, it is whole', async () => {
  const ward = new Ward();
  const workerNode = join(ward.dir, 'node');
  // Writes over the head of each shard once its worker has ended, as a disk that forgets what it was given.
  const damage = `job=""; for one do job=$one; done; dd if=/dev/zero of="$(dirname "$job")/${SPOOL_FILES.shard}" bs=4096 count=4 conv=notrunc`;
  writeFileSync(
    workerNode,
    `#!/bin/sh\n'${process.execPath}' "$@"\nended=$?\ncase " $* " in *" scan "*) ${damage} 2>/dev/null;; esac\nexit $ended\n`,
  );
  chmodSync(workerNode, 0o755);
  const scan = scanOf(ward, ward.tree, '--runtime', 'process', '--retries', '0');
  expect((await cli(scan, tuned({ workerNode }))).status).toBe(2);
  expect(catalogValue(ward.data, 'SELECT DISTINCT code FROM attempts')).toBe('SHARD_DAMAGED');
  const found = await ward.examine();
  expect(ids(found)).toEqual(['shard-damaged']);
  expect(found.findings[0]).toMatchObject({ severity: 'problem', confidence: 'certain' });
  expect(found.findings[0]?.explains).toContain('chunks-failed');
  expect(found.status).toBe(1);
  const { said, status } = await press(ward, 'retry-failed:Tree');
  expect(said).toContain('Fixed: the scan ended and nothing is missing');
  expect(status).toBe(0);
  expect(ids(await ward.examine())).toEqual([]);
});

describeWithFuse('a catalog in which rows were changed by hand', () => {
  it('has sums that disagree once its scan is closed again: that is told, and scanning again mends it', async () => {
    const ward = new Ward();
    const mount = await mountFuse({ directories: { good: { files: 5 }, bad: { files: 3, readdir: 'EIO' } } });
    expect((await cli(scanOf(ward, mount.path, '--runtime', 'process'))).status).toBe(2);
    ward.change((db) => {
      expect(db.prepare("UPDATE dirs SET returned = returned + 1 WHERE name = 'good'").run().changes).toBe(1);
    });
    mount.cure();
    const retried = await press(ward, 'retry-failed:Tree');
    expect(retried.said).toContain("That wasn't it: the scan ended, but its sums do not add up");
    expect(retried.said).toContain('and now: The sums of the scan disagree.');
    expect(retried.status).toBe(1);
    const found = await ward.examine();
    expect(ids(found)).toEqual(['certificate-disagrees']);
    expect(found.findings[0]?.evidence).toContain(
      'entries returned = files + subdirectories + excluded + failed + vanished: expected 11, found 10',
    );
    expect(found.status).toBe(1);
    const again = await press(ward, 'scan-again:Tree');
    expect(again.said).toContain('Fixed: the scan ended and nothing is missing');
    expect(again.status).toBe(0);
    expect(ids(await ward.examine())).toEqual([]);
  });
});
