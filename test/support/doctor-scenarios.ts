import { chmodSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import type { FindingId } from '../../engine/doctor/kinds.ts';
import { dockerForTests } from '../docker.ts';
import { cli, type CliOptions } from './cli.ts';
import { WHOLE_MOUNT } from './catalog.ts';
import type { Ward } from './doctor.ts';

/** docs/doctor-scenarios.md has each in words. */
export interface Scenario {
  readonly no: string;
  readonly cause: FindingId;
  readonly needs?: 'docker' | 'mount' | 'root';
  readonly make: (ward: Ward) => Promise<CliOptions | undefined> | CliOptions | undefined;
}

export const ORIGINAL_END = 'INFO - SMART SCAN COMPLETE';
const afterwards: (() => unknown)[] = [];

/** Once the tests have ended, the last first. */
export function later(undo: () => unknown): void {
  afterwards.push(undo);
}

/** What scenarios hold open. */
export async function undoAll(): Promise<void> {
  for (const undo of afterwards.splice(0).reverse()) await undo();
}

const found = dockerForTests();
export const engine = 'skipped' in found ? null : found;
const withEngine = (): CliOptions => ({
  env: { DOCKER_HOST: engine?.address ?? '', SMART_SCANNER_BASE_IMAGE: engine?.baseImage ?? '' },
});

const failedLines = (reason: string): string[] => [
  `ERROR - Chunk 3 attempt 0197: ${reason}`,
  `ERROR - Chunk 3 failed for good: ${reason}`,
];

export const open: readonly Scenario[] = [
  {
    no: '1',
    cause: 'docker-unreachable',
    make: (ward) => {
      const reason = 'No Docker daemon answers at unix:///var/run/docker.sock (connect ECONNREFUSED).';
      const logPath = ward.log([
        'WARNING - RECONNECTING: the host does not answer; its workers go on',
        ...failedLines(reason),
      ]);
      ward.failed(
        40,
        { outcome: 'lost', exitCode: null, code: 'DOCKER_UNREACHABLE', reason },
        { runtime: 'docker', logPath },
      );
      return undefined;
    },
  },
  {
    no: '2',
    cause: 'limits-above-host',
    make: (ward) => {
      ward.original(0);
      const words =
        'Error response from daemon: Range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available.';
      ward.log(
        [
          `ERROR - Failed to start container for chunk 1: ${words}`,
          `ERROR - Failed to start container for chunk 2: ${words}`,
          ORIGINAL_END,
        ],
        'original',
      );
      return undefined;
    },
  },
  {
    no: '3',
    cause: 'database-locked',
    make: (ward) => {
      ward.original(0);
      ward.log(
        ['ERROR - Error inserting batch: database is locked', 'ERROR - Container smart-scan-3 failed', ORIGINAL_END],
        'original',
      );
      return undefined;
    },
  },
  {
    no: '4',
    cause: 'catalog-damaged',
    make: async (ward) => {
      await ward.scanned();
      // Everything but the schema and the first tables.
      ward.scratch(Math.floor(statSync(ward.catalogPath).size / 2 / 8192) * 8192, 4 * 8192);
      return undefined;
    },
  },
  {
    no: '5',
    cause: 'catalog-newer',
    make: async (ward) => {
      await ward.scanned();
      ward.change((db) => db.pragma('user_version = 999'));
      return undefined;
    },
  },
  {
    no: '6',
    cause: 'catalog-not-sqlite',
    make: (ward) => {
      writeFileSync(ward.catalogPath, 'My diary. '.repeat(100));
      return undefined;
    },
  },
  {
    no: '7',
    cause: 'worker-out-of-memory',
    make: (ward) => {
      const reason = 'The worker ran out of memory and was killed by the kernel.';
      ward.failed(
        2,
        { outcome: 'oom', exitCode: 137, code: 'WORKER_OOM', reason },
        { logPath: ward.log(failedLines(reason)) },
      );
      return undefined;
    },
  },
  {
    no: '8',
    cause: 'directory-stalls',
    make: (ward) => {
      const reason = 'A system call on the mount never came back.';
      const logPath = ward.log([
        'ERROR - STALL chunk 1: lstat on Old/cam3 has not returned for 600 s',
        'ERROR - QUARANTINE Set aside after 2 strikes: Old/cam3 (lstat does not return)',
      ]);
      ward.failed(1, { outcome: 'stalled', exitCode: 137, code: 'WORKER_STALLED', reason }, { logPath });
      ward.change((db) =>
        db.prepare("INSERT INTO quarantine VALUES (1, 'Old/cam3', 'lstat', 'STALLED', 1, 'x')").run(),
      );
      return undefined;
    },
  },
  {
    no: '9',
    cause: 'mount-missing',
    make: async (ward) => {
      await ward.scanned();
      rmSync(ward.tree, { recursive: true });
      return undefined;
    },
  },
  {
    no: '10',
    cause: 'mount-empty',
    make: async (ward) => {
      await ward.scanned();
      for (const name of readdirSync(ward.tree)) rmSync(join(ward.tree, name), { recursive: true });
      return undefined;
    },
  },
  { no: '11', cause: 'gaps-permission', make: async (ward) => (await ward.withGaps('EACCES', 'opendir'), undefined) },
  {
    no: '12',
    cause: 'disk-full',
    needs: 'mount',
    make: (ward) => {
      const reason = "The worker couldn't write its spool, its disk is full.";
      ward.failed(2, { outcome: 'spool', exitCode: 75, code: 'DISK_FULL', reason });
      return undefined;
    },
  },
  {
    no: '13',
    cause: 'scan-abandoned',
    make: (ward) => {
      const { catalog, scanId } = ward.begin();
      catalog.start(catalog.add(scanId, WHOLE_MOUNT)[0]?.id ?? 0);
      catalog.close();
      return undefined;
    },
  },
  {
    no: '14',
    cause: 'leftovers',
    needs: 'docker',
    make: async (ward) => {
      await ward.scanned();
      let scanId = '';
      ward.change((db) => (scanId = db.prepare('SELECT id FROM scans').pluck().get() as string));
      const attempt = crypto.randomUUID();
      const docker = new Docker({ socketPath: engine?.address.replace('unix://', '') ?? '' });
      const labels = { host: 'h', scan: scanId, chunk: '1', attempt, role: 'worker', owner: 'me@here' };
      const container = await docker.createContainer({
        name: `smart-scanner-worker-${attempt}`,
        Image: engine?.baseImage ?? '',
        Labels: Object.fromEntries(Object.entries(labels).map(([key, value]) => [`io.smart-scanner.${key}`, value])),
      });
      afterwards.push(() => container.remove({ force: true }).catch(() => undefined));
      return withEngine();
    },
  },
  {
    no: '15',
    cause: 'image-missing',
    make: (ward) => {
      ward.original(0);
      ward.log(
        [
          "ERROR - Failed to start container for chunk 1: Unable to find image 'nas-scanner:latest' locally",
          'ERROR - pull access denied for nas-scanner, repository does not exist',
          ORIGINAL_END,
        ],
        'original',
      );
      return undefined;
    },
  },
  {
    no: '16',
    cause: 'mount-missing',
    make: (ward) => {
      ward.original(0);
      ward.log(
        [
          'ERROR - Failed to start container for chunk 1: invalid mount config for type "bind": bind source path does not exist: /mnt/user/Filme',
          ORIGINAL_END,
        ],
        'original',
      );
      return undefined;
    },
  },
  { no: '17', cause: 'disk-errors', make: async (ward) => (await ward.withGaps('EIO', 'lstat'), undefined) },
  { no: '18', cause: 'nfs-stale', make: async (ward) => (await ward.withGaps('ESTALE', 'opendir'), undefined) },
  {
    no: '19',
    cause: 'excludes-everything',
    make: async (ward) => {
      await cli(['scan', ward.tree, 'Tree', '--data-dir', ward.data, '--runtime', 'process', '--exclude', '*']);
      return undefined;
    },
  },
  {
    no: '20',
    cause: 'analysis-timeout',
    make: (ward) => {
      ward.original(0);
      ward.log(
        ['WARNING - TIMEOUT analyzing /mnt/user/Backup after 1800 seconds', 'ERROR - No chunks to scan', ORIGINAL_END],
        'original',
      );
      return undefined;
    },
  },
];

export const heldOut: readonly Scenario[] = [
  {
    no: '21',
    cause: 'docker-denied',
    needs: 'docker',
    make: (ward) => {
      const reason = 'No Docker daemon answers at unix:///var/run/docker.sock (connect EACCES).';
      ward.failed(3, { outcome: 'lost', exitCode: null, code: 'DOCKER_UNREACHABLE', reason }, { runtime: 'docker' });
      for (const path of [ward.dir, ward.data, join(ward.data, 'locks')]) chmodSync(path, 0o777);
      chmodSync(ward.catalogPath, 0o666);
      return { ...withEngine(), uid: 65_534 };
    },
  },
  {
    no: '22',
    cause: 'worker-killed',
    make: (ward) => {
      const reason = 'The worker was killed from outside (SIGKILL).';
      ward.failed(
        4,
        { outcome: 'killed', exitCode: 137, code: 'WORKER_KILLED', reason },
        { logPath: ward.log(failedLines(reason)) },
      );
      return undefined;
    },
  },
  {
    no: '23',
    cause: 'docker-restarted',
    needs: 'docker',
    make: (ward) => {
      const reason = 'The worker was lost with its daemon (exit code 255).';
      ward.failed(
        4,
        { outcome: 'lost', exitCode: 255, code: 'WORKER_KILLED', reason },
        { runtime: 'docker', logPath: ward.log(failedLines(reason)) },
      );
      return withEngine();
    },
  },
  {
    no: '24',
    cause: 'catalog-foreign',
    make: (ward) => {
      ward.change((db) => db.exec('CREATE TABLE bookmarks(url TEXT)'));
      return undefined;
    },
  },
  {
    no: '25',
    cause: 'catalog-damaged',
    make: async (ward) => {
      await ward.scanned();
      truncateSync(ward.catalogPath, Math.floor(statSync(ward.catalogPath).size / 2));
      return undefined;
    },
  },
  {
    no: '26',
    cause: 'directory-big',
    make: (ward) => {
      const { catalog, scanId } = ward.begin();
      afterwards.push(() => catalog.close());
      ward.live(scanId, {
        entries: 14_900_000,
        files: 14_700_000,
        large: { path: 'Inbox', names: 14_200_000, sinceMs: 1_560_000 },
      });
      return undefined;
    },
  },
  {
    no: '27',
    cause: 'directory-stuck',
    make: (ward) => {
      const { catalog, scanId } = ward.begin();
      afterwards.push(() => catalog.close());
      ward.live(scanId, { path: 'Old/cam3', waitingMs: 1_200_000, lastProgressAtMs: Date.now() - 1_200_000 });
      return undefined;
    },
  },
  {
    no: '28',
    cause: 'disk-full',
    make: (ward) => {
      ward.original(0);
      ward.log(
        [
          'ERROR - Failed to start container for chunk 1: failed to create shim task: mkdir /var/lib/docker/overlay2/x: no space left on device',
          ORIGINAL_END,
        ],
        'original',
      );
      return undefined;
    },
  },
  {
    no: '29',
    cause: 'scan-interrupted',
    make: (ward) => {
      const { catalog, scanId } = ward.begin({
        logPath: ward.log(['WARNING - Stopping: workers commit what they have']),
      });
      catalog.add(scanId, WHOLE_MOUNT);
      catalog.finish(scanId, { interrupted: true });
      catalog.close();
      return undefined;
    },
  },
  {
    no: '30',
    cause: 'scan-not-published',
    make: async (ward) => {
      await ward.scanned();
      rmSync(join(ward.tree, 'group-0'), { recursive: true });
      for (let dir = 10; dir < 18; dir += 1) rmSync(join(ward.tree, 'group-1', `dir-${dir}`), { recursive: true });
      await ward.scanned();
      return undefined;
    },
  },
];
