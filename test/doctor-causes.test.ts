import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import Docker from 'dockerode';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { App, ScanListener } from '../engine/app/app.ts';
import { createApp } from '../engine/app/create.ts';
import type { Diagnosis } from '../engine/doctor/types.ts';
import { CONTENT_LABEL } from '../engine/runtime/docker/labels.ts';
import { machineId } from '../engine/runtime/process/machine-id.ts';
import { runtimeSources } from '../engine/runtime/sources.ts';
import { describeWithDocker } from './docker.ts';
import { cli, startCli } from './support/cli.ts';
import { planned } from './support/catalog.ts';
import { Ward } from './support/doctor.ts';
import { describeWithFuse, mountFuse } from './support/fuse.ts';
import { describeWithRuntimes, type TestRuntime } from './support/runtimes.ts';
import { PrivateEngine } from './support/private-engine.ts';
import { canMount, smallDisk } from './support/small-disk.ts';
import { temporaryDirectory } from './support/temporary.ts';

const ROOT = join(import.meta.dirname, '..');
const CHECK = 'mdResyncAction="check P"\nmdResync="1000"\nmdResyncPos="420"\nmdResyncDt="60"\n';
const ids = ({ findings }: Diagnosis): string[] => findings.map(({ id }) => id);
const KILLED = { outcome: 'killed', exitCode: 137, code: 'WORKER_KILLED', reason: 'Killed from outside.' } as const;
const here = ['--runtime', 'process'];

describe('press, then see', () => {
  it('what failed is tried again, that only, and the finding is gone', async () => {
    const ward = new Ward();
    ward.failed(2, KILLED, { hostId: await machineId() });
    const before = await ward.examine();
    expect(ids(before)).toEqual(['worker-killed']);
    expect(before.findings[0]?.fixes[0]).toMatchObject({
      id: 'retry-failed:Tree',
      label: 'Use 4 workers, retry 2 failed chunks',
      changes: true,
    });
    const { out, status, err } = await cli(['debug', '--data-dir', ward.data, '--fix', 'retry-failed:Tree']);
    expect(out + err).toMatch(/Fixed: the scan ended and nothing is missing: \d chunks done, 200 files/);
    expect(status).toBe(0);
  });

  it('with `queued` it settles while the scan goes on', async () => {
    const ward = new Ward();
    ward.failed(2, KILLED, { hostId: await machineId() });
    const app = appOf({ kind: 'process' }, ward.data);
    const asked = { scan: 'latest', wakeDisks: true, only: null, fixId: 'retry-failed:Tree', until: 'queued' } as const;
    const signal = new AbortController().signal;
    let ended: Promise<unknown> = Promise.resolve();
    const { said, fixed } = await app.commands.fix(asked, SILENT, signal, {
      ...app.commands,
      retry: (request, listener) => {
        const handle = app.commands.retry(request, listener);
        ended = handle.done;
        return handle;
      },
    });
    expect(said).toMatch(/^Fixed: (?:\d+ chunks? queued|the scan ended)/);
    expect(fixed).toBe(true);
    await ended;
  });

  it('a pause is not a hang, and goes on at the press of a key', async () => {
    const ward = new Ward();
    const scan = startCli(['scan', ward.tree, 'Tree', '--data-dir', ward.data, ...here, '--window', closedNow()]);
    await scan.said('PAUSED');
    const paused = await ward.examine();
    expect(ids(paused)).toEqual(['scan-paused']);
    expect(paused.status).toBe(0);
    const fixed = await cli(['debug', '--data-dir', ward.data, '--fix', 'any-hour:Tree']);
    expect(fixed.out + fixed.err).toContain('Fixed: the scan ended and nothing is missing');
    expect((await scan.done).status).toBe(130);
    expect(ids(await ward.examine())).toEqual([]);
  });

  it('a muted finding is left out and changes no exit status, until it is told again', async () => {
    const ward = new Ward();
    await ward.withGaps('EACCES', 'opendir');
    const { findings } = await ward.examine();
    const key = findings[0]?.key ?? '';
    expect(key).toBe('gaps-permission:Tree');
    const muted = await cli(['debug', '--data-dir', ward.data, '--mute', key]);
    expect(muted.status).toBe(0);
    expect(muted.out).toContain('Left out: Directories may not be read');
    expect((await ward.examine()).muted.map((one) => one.key)).toEqual([key]);
    expect((await ward.examine({}, ['--unmute', key])).status).toBe(1);
  });

  it('text to copy is not pressed', async () => {
    const ward = new Ward();
    writeFileSync(ward.catalogPath, 'My diary. '.repeat(100));
    const { err, status } = await cli(['debug', '--data-dir', ward.data, '--fix', 'copy-move-aside']);
    expect(err).toContain('is to be done by you');
    expect(err).toContain(`mkdir '${ward.catalogPath}.old' && for file in '${ward.catalogPath}' `);
    expect(status).toBe(64);
  });
});

it('an older scan that nobody runs is found beside the latest one, one of another computer is left to it', async () => {
  const ward = new Ward();
  for (const [owner, name] of [
    ['someone@elsewhere', 'group-0'],
    [null, 'Tree'],
  ] as const) {
    const { catalog, scanId } = ward.begin({ name });
    catalog.add(scanId, planned([{ path: '', mode: 'subtree', entries: null, bytes: null }]));
    catalog.close();
    if (owner !== null) ward.change((db) => db.prepare('UPDATE scans SET owner = ? WHERE id = ?').run(owner, scanId));
  }
  expect(ids(await ward.examine())).toEqual(['scan-abandoned', 'scan-elsewhere']);
});

describe.skipIf(!canMount())('places', () => {
  const at = join('/mnt', `smart-scanner-test-${process.pid}`);

  it('a directory for a disk that is not mounted is told from one that is', async () => {
    mkdirSync(at);
    onTestFinished(() => rmSync(at, { recursive: true, force: true }));
    writeFileSync(join(at, 'a file that was written to the wrong disk'), '');
    const ward = new Ward();
    await cli(['scan', at, 'Disk', '--data-dir', ward.data, ...here]);
    const missing = await ward.examine();
    expect(ids(missing)).toEqual(['mount-not-mounted']);
    expect(missing.status).toBe(0);
    const disk = smallDisk(1024, at);
    try {
      writeFileSync(join(at, 'a file'), '');
      expect(ids(await ward.examine())).toEqual([]);
    } finally {
      disk.unmount();
    }
  });

  it('a data directory in memory, and one without room for another file', async () => {
    const disk = smallDisk(65_536);
    try {
      expect(ids(await new Ward(join(disk.dir, 'data')).examine())).toEqual(['data-dir-volatile']);
      disk.limitFiles(10);
      const full = await new Ward(join(disk.dir, 'data')).examine();
      expect(ids(full)[0]).toBe('inodes-full');
      expect(full.status).toBe(1);
    } finally {
      disk.unmount();
    }
  });
});

describeWithFuse('a file system that is slow, and then gone', () => {
  it('is called slow, then empty; and a catalog on it is refused', { timeout: 60_000 }, async () => {
    const lookups = Object.fromEntries(Array.from({ length: 20 }, (_none, index) => [`file-${index}`, 60]));
    const slow = await mountFuse({ files: 20, lookups });
    const ward = new Ward();
    expect((await cli(['scan', slow.path, 'Far', '--data-dir', ward.data, ...here])).status).toBe(0);
    const found = await ward.examine();
    expect(ids(found)).toEqual(['mount-slow', 'fuse-path']);
    expect(found.status).toBe(0);
    expect(ids(await ward.examine({}, ['--data-dir', slow.path]))).toContain('catalog-filesystem');
    await slow.end();
    mkdirSync(slow.path);
    onTestFinished(() => rmSync(slow.path, { recursive: true, force: true }));
    expect(ids(await ward.examine())).toEqual(['mount-empty']);
  });
});

describeWithFuse('a file system that answers with errors', () => {
  it('as a whole: a disk that fails, a stale handle, a program that is gone; one that is well is none of these', async () => {
    const ward = new Ward();
    await ward.scanned();
    const at = async (path: string): Promise<string[]> => {
      ward.change((db) => db.prepare('UPDATE mounts SET path = ?').run(path));
      return ids(await ward.examine());
    };
    // So many that their pace says something.
    const healthy = await mountFuse({ files: 60 });
    expect(await at(healthy.path)).toEqual([]);
    const { checks } = await ward.examine();
    expect(checks.find(({ id }) => id === 'mount-speed')?.said).toMatch(/^Tree: 95 % in [\d.]+ ms of 60 entries$/u);
    expect(await at((await mountFuse({ files: 3, opendir: 'EIO' })).path)).toEqual(['disk-errors']);
    expect(await at((await mountFuse({ files: 3, opendir: 'ESTALE' })).path)).toEqual(['nfs-stale']);
    expect(await at((await mountFuse({ files: 3, opendir: 'EACCES' })).path)).toEqual(['mount-not-listable']);
    await healthy.crash();
    expect(await at(healthy.path)).toEqual(['mount-gone']);
  });

  it('in single directories: each error has a cause of its own', async () => {
    const ward = new Ward();
    const directories = {
      a: { opendir: 'EIO' },
      b: { readdir: 'ESTALE' },
      c: { opendir: 'EACCES' },
      d: { files: 2 },
    } as const;
    const { path } = await mountFuse({ directories });
    expect((await cli(['scan', path, 'Far', '--data-dir', ward.data, ...here])).status).toBe(2);
    const { findings } = await ward.examine();
    expect(findings.map(({ id }) => id)).toEqual(['nfs-stale', 'gaps-permission']);
    // A stale handle may well be what the other error comes of.
    expect(findings[0]?.explains).toContain('disk-errors');
  });
});

it('a worker that could not read its job is of another version, and one that is lost is not', async () => {
  const reason = "The worker couldn't read its job (exit code 64).";
  const outdated = new Ward();
  outdated.failed(2, { outcome: 'crashed', exitCode: 64, code: 'WORKER_PROTOCOL', reason }, { runtime: 'docker' });
  const { findings, status } = await outdated.examine();
  const [first] = findings.filter(({ id }) => id === 'image-outdated');
  expect(first?.confidence).toBe('certain');
  expect(first?.fixes.slice(0, 2)).toMatchObject([{ id: 'build-image' }, { id: 'retry-failed:Tree' }]);
  expect(status).toBe(1);
  const killed = new Ward();
  killed.failed(2, KILLED);
  expect(ids(await killed.examine())).toEqual(['worker-killed']);
});

// An engine of its own: whoever prepares the image on a shared one takes those of other versions away, which these are.
describeWithDocker('an image whose program can not be started', ({ baseImage }) => {
  const engine = new PrivateEngine();
  let docker = new Docker();

  beforeAll(async () => {
    await engine.start();
    docker = new Docker({ socketPath: engine.address.replace('unix://', '') });
  }, 200_000);
  afterAll(() => engine.remove());

  /** Labelled as the image of this program, with other programs in it. Gives where a program that takes it for its own lies. */
  async function withPrograms(name: string, body: Buffer, mode: number): Promise<string> {
    const root = temporaryDirectory();
    const hash = `test-${name}-${crypto.randomUUID()}`;
    mkdirSync(join(root, 'dist'));
    writeFileSync(join(root, 'dist', 'image-content.json'), JSON.stringify({ hash, files: [] }));
    copyFileSync(join(ROOT, 'Dockerfile.smart'), join(root, 'Dockerfile.smart'));
    const archive = pack();
    // The shell, too: an init that can't run a program takes it for a script.
    for (const path of ['usr/local/bin/node', 'bin/sh']) archive.entry({ name: path, mode }, body);
    archive.finalize();
    const container = await docker.createContainer({ Image: baseImage });
    onTestFinished(() => container.remove({ force: true }));
    await container.putArchive(Readable.from(archive), { path: '/' });
    const repo = `smart-scanner-test/${name}`;
    const made = (await container.commit({ repo, changes: `LABEL ${CONTENT_LABEL}=${hash}` })) as { Id: string };
    onTestFinished(() => docker.getImage(made.Id).remove({ force: true }));
    return root;
  }

  async function startOf(contextRoot: string): Promise<Diagnosis> {
    const ward = new Ward();
    // Something that ran on Docker: then workers of Docker are what is to start.
    ward.failed(1, KILLED, { runtime: 'docker' });
    const env = { DOCKER_HOST: engine.address, SMART_SCANNER_BASE_IMAGE: baseImage };
    const app = appOf({ kind: 'docker', options: { env } }, ward.data, undefined, contextRoot);
    onTestFinished(() => app.close());
    const request = { scan: 'latest', wakeDisks: true, only: ['worker-start'] } as const;
    return (await app.queries.diagnose(request, () => undefined, new AbortController().signal)) as Diagnosis;
  }

  it('for another processor, without the right to run, and one that runs', async () => {
    // The head of an ELF file of a machine that nobody has.
    const foreign = Buffer.alloc(4096);
    foreign.write('\x7fELF\x02\x01\x01', 'latin1');
    foreign.writeUInt16LE(2, 16);
    foreign.writeUInt16LE(0xfe_fe, 18);
    const other = await startOf(await withPrograms('foreign', foreign, 0o755));
    expect(ids(other)).toEqual(['image-architecture']);
    const refused = await startOf(await withPrograms('refused', Buffer.from('no program'), 0o644));
    expect(ids(refused)).toEqual(['worker-start-failed']);
    expect(refused.findings[0]).toMatchObject({ severity: 'problem', confidence: 'certain' });
    await cli(['image', 'prepare'], { env: { DOCKER_HOST: engine.address, SMART_SCANNER_BASE_IMAGE: baseImage } });
    const well = await startOf(ROOT);
    expect(well.checks).toMatchObject([{ id: 'worker-start', verdict: 'ok' }]);
  });
});

describeWithRuntimes('the host’s own work', (runtime) => {
  it('a parity check is seen while it runs, and a scan that was broken off makes way for it', async () => {
    const ward = new Ward();
    const host = temporaryDirectory();
    const neighbours = { parity: join(host, 'var.ini'), mover: join(host, 'mover.pid') };
    const app = appOf(runtime, ward.data, neighbours);
    onTestFinished(() => app.close());
    const settings = { runtime: runtime.kind };
    const scan = [ward.tree, 'Tree', '--data-dir', ward.data, '--runtime', runtime.kind];
    expect((await cli(['scan', ...scan], runtime.options)).status).toBe(0);
    const { catalog, scanId } = ward.begin({ runtime: runtime.kind, settings });
    catalog.add(scanId, planned([{ path: '', mode: 'subtree', entries: null, bytes: null }]));
    catalog.finish(scanId, { interrupted: true });
    catalog.close();
    const look = (): Promise<Diagnosis> =>
      app.queries.diagnose(
        { scan: 'latest', wakeDisks: false, only: ['neighbours'] },
        () => undefined,
        new AbortController().signal,
      ) as Promise<Diagnosis>;
    expect(ids(await look())).toEqual([]);
    writeFileSync(neighbours.parity, CHECK);
    const { findings } = await look();
    expect(findings).toMatchObject([
      {
        id: 'parity-running',
        severity: 'warning',
        seen: 'A parity check runs on the host (check P, 42 % done).',
        fixes: [
          { label: 'Go on once the parity check ends', action: { do: 'resume', changes: { yieldTo: ['parity'] } } },
          {},
        ],
      },
    ]);
  });
});

const SILENT: ScanListener = { snapshot: () => undefined, log: () => undefined, progress: () => undefined };

function appOf(
  runtime: Pick<TestRuntime, 'kind'> & Partial<TestRuntime>,
  dataDir: string,
  neighbours?: { parity: string; mover: string },
  contextRoot = ROOT,
): App {
  const environment = { ...process.env, ...runtime.options?.env };
  return createApp({
    dataDir,
    dbName: 'smart_catalog.db',
    nodePath: process.execPath,
    catalogBundle: join(ROOT, 'dist', 'catalog.mjs'),
    allowAnyFilesystem: false,
    environment,
    ...(neighbours === undefined ? {} : { neighbours }),
    runtimes: (places, choice) =>
      runtimeSources({
        nodePath: process.execPath,
        workerBundle: join(ROOT, 'dist', 'worker.cjs'),
        contextRoot,
        spools: places.spools,
        choice,
        environment,
      }),
  });
}

/** Hours that begin in a while and are over long before tomorrow's now. */
function closedNow(): string {
  const clock = (hours: number): string => {
    const at = new Date(Date.now() + hours * 3_600_000);
    return `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`;
  };
  return `${clock(6)}-${clock(9)}`;
}
