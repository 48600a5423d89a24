import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { Diagnosis, Found } from '../shared/diagnosis.ts';
import { CONTENT_LABEL } from '../engine/runtime/docker/labels.ts';
import { describeWithDocker } from './docker.ts';
import { startAlteringDaemon } from './fixtures/altering-daemon.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { catalogValue } from './support/catalog-rows.ts';
import { cli, startCli, type CliOptions } from './support/cli.ts';
import { Ward } from './support/doctor.ts';
import { PrivateEngine } from './support/private-engine.ts';
import { canMount, smallDisk } from './support/small-disk.ts';
import { temporaryDirectory } from './support/temporary.ts';

const ids = ({ findings }: Diagnosis): string[] => findings.map(({ id }) => id);

// An engine of its own: whose image is taken away here, others would miss.
describeWithDocker('a host whose Docker is not as it should be', ({ baseImage }) => {
  const engine = new PrivateEngine();
  const to = (host: string): CliOptions => ({ env: { DOCKER_HOST: host, SMART_SCANNER_BASE_IMAGE: baseImage } });
  let socketPath = '';
  let docker = new Docker();
  let real: CliOptions = {};
  const ward = new Ward();
  const scanOf = (of: Ward, tree: string, ...more: string[]): string[] => [
    ...['scan', tree, 'Tree', '--data-dir', of.data, '--runtime', 'docker'],
    ...more,
  ];

  beforeAll(async () => {
    await engine.start();
    socketPath = engine.address.replace('unix://', '');
    docker = new Docker({ socketPath });
    real = to(engine.address);
    expect((await cli(scanOf(ward, ward.tree), real)).status).toBe(0);
  }, 200_000);
  afterAll(() => engine.remove());

  it('its clock is off, it stores images slowly, its disk is full: each by itself, and none where nothing is so', async () => {
    const altering = await startAlteringDaemon(temporaryDirectory(), socketPath);
    onTestFinished(() => altering.close());
    /** What is found of what the engine says of itself. */
    const look = async (): Promise<Found[]> => {
      const { checks } = await ward.examine(to(altering.address));
      const own = checks.filter(({ id }) => ['clock', 'daemon', 'docker-disk'].includes(id));
      expect(own.map(({ verdict }) => verdict)).not.toContain('unknown');
      expect(own).toHaveLength(3);
      return own.flatMap(({ findings }) => findings);
    };
    expect(await look()).toEqual([]);
    altering.alter({ SystemTime: new Date(Date.now() - 3_600_000).toISOString() });
    expect(await look()).toMatchObject([
      { id: 'clock-skew', seen: expect.stringMatching(/^The host's clock is .* behind this computer's\.$/u) as string },
    ]);
    altering.alter({ Driver: 'vfs' });
    expect(await look()).toMatchObject([{ id: 'docker-storage-driver', seen: 'The storage driver is vfs.' }]);
    if (!canMount()) return;
    const disk = smallDisk(4096);
    onTestFinished(() => disk.unmount());
    disk.fill();
    altering.alter({ Name: hostname(), DockerRootDir: disk.dir });
    expect(await look()).toMatchObject([
      { id: 'docker-disk-full', evidence: [expect.stringContaining(disk.dir), expect.stringContaining('ours: ')] },
    ]);
  });

  it('looks at a healthy host without a finding, and says that the base of the image is missing where it is', async () => {
    const own = new Ward();
    const missing = { env: { ...real.env, SMART_SCANNER_BASE_IMAGE: 'smart-scanner-test/not-there:1' } };
    expect((await cli(scanOf(own, own.tree), real)).status).toBe(0);
    const well = await own.examine(real);
    expect(well.findings).toEqual([]);
    expect(well.checks.filter(({ verdict }) => verdict !== 'ok').map(({ id, said }) => `${id}: ${said}`)).toEqual([]);
    expect(well.checks.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['worker-start', 'mounts', 'mount-speed', 'clock', 'docker-disk']),
    );
    // Only looked for where the image itself is not there.
    expect((await own.examine(missing)).findings).toEqual([]);
    rmSync(own.tree, { recursive: true });
    expect(ids(await own.examine(real))).toEqual(['mount-missing']);
  });

  it('removes what ended scans left, and nothing else', async () => {
    const own = new Ward();
    await own.scanned();
    const scanId = String(catalogValue(own.data, 'SELECT id FROM scans'));
    const make = (scan: string): Promise<Docker.Container> => {
      const attempt = crypto.randomUUID();
      const labels = { host: 'h', scan, chunk: '1', attempt, role: 'worker', owner: 'me@here' };
      return docker.createContainer({
        name: `smart-scanner-worker-${attempt}`,
        Image: baseImage,
        Labels: Object.fromEntries(Object.entries(labels).map(([key, value]) => [`io.smart-scanner.${key}`, value])),
      });
    };
    const ours = await make(scanId);
    const others = await make(crypto.randomUUID());
    onTestFinished(() => others.remove({ force: true }));
    const { out, status } = await cli(['debug', '--data-dir', own.data, '--fix', 'remove-leftovers'], real);
    expect(out).toContain('Fixed: 1 removed.');
    expect(status).toBe(0);
    await expect(ours.inspect()).rejects.toThrow(/no such container/iu);
    await others.inspect();
  });

  it('its image is gone, and made again at the press of a key; the worker in it is of another version', async () => {
    const name = `smart-scanner-test/doctor-${process.pid}`;
    const image = docker.getImage(name);
    onTestFinished(() => image.remove({ force: true }).catch(() => undefined));
    const own = new Ward();
    const withImage = scanOf(own, own.tree, '--image', name);
    expect((await cli(withImage, real)).status).toBe(0);
    const { Labels } = (await image.inspect()).Config;

    // Gone meanwhile, and so was what needed it.
    await image.remove({ force: true });
    const reason = `No such image: ${name}:latest`;
    own.failed(
      2,
      { outcome: 'start-failed', exitCode: null, code: 'WORKER_START', reason },
      {
        runtime: 'docker',
        settings: { image: name, runtime: 'docker' },
        hostId: String(catalogValue(own.data, 'SELECT id FROM host_ids LIMIT 1')),
      },
    );
    const missing = await own.examine(real);
    expect(ids(missing)).toContain('image-missing');
    const built = await cli(['debug', '--data-dir', own.data, '--fix', 'build-image'], real);
    expect(built.out + built.err).toContain('Fixed: the image is there.');
    expect(built.status).toBe(0);
    const retried = await cli(['debug', '--data-dir', own.data, '--fix', 'retry-failed:Tree'], real);
    expect(retried.out + retried.err).toContain('Fixed: the scan ended and nothing is missing');

    const foreign = `${name}-foreign`;
    await docker.getImage(baseImage).tag({ repo: foreign, tag: 'latest' });
    onTestFinished(() => docker.getImage(foreign).remove({ force: true }));
    own.change((db) => db.prepare("UPDATE scans SET settings = json_set(settings, '$.image', ?)").run(foreign));
    expect(ids(await own.examine(real))).toContain('image-foreign');
    own.change((db) => db.prepare("UPDATE scans SET settings = json_set(settings, '$.image', ?)").run(name));

    const commit = async (changes: string, worker: string | null): Promise<void> => {
      const container = await docker.createContainer({ Image: name, Entrypoint: ['node'], Cmd: ['-e', worker ?? ''] });
      await container.start();
      await container.wait();
      await image.remove({ force: true });
      const [repo, tag] = [name, 'latest'];
      await container.commit({ repo, tag, changes });
      await container.remove({ force: true });
    };
    const other = `require('fs').writeFileSync('/opt/smart-scanner/dist/worker.cjs', 'process.exit(64)')`;
    await commit(`LABEL ${CONTENT_LABEL}=${Labels[CONTENT_LABEL] ?? ''}`, other);
    const outdated = await own.examine(real);
    expect(ids(outdated), JSON.stringify(outdated)).toContain('image-outdated');
  });

  it('somebody else scans the mount from another place', async () => {
    const other = new Ward();
    const running = startCli(scanOf(other, ward.tree, '--window', closedNow()), real);
    onTestFinished(async () => {
      running.child.kill('SIGTERM');
      await running.done;
    });
    await running.said('PAUSED');
    expect(ids(await ward.examine(real))).toContain('mount-held');
    running.interrupt();
    await running.done;
    expect(ids(await ward.examine(real))).not.toContain('mount-held');
  });

  it('limits and threads were set by hand to more than there is, and are put back at the press of a key', async () => {
    const own = new Ward();
    const large = ['--cpus', '500', '--threads', '64', '--max-containers', '64'];
    expect((await cli(scanOf(own, own.tree, ...large), real)).status).toBe(0);
    const found = await own.examine(real);
    expect(ids(found).sort()).toEqual(['limits-clamped', 'threads-many']);
    expect(found.status).toBe(0);
    const press = async (fix: string): Promise<void> => {
      const { out, err, status } = await cli(['debug', '--data-dir', own.data, '--fix', fix], real);
      expect(out + err).toContain('Fixed: the scan ended and nothing is missing');
      expect(status).toBe(0);
    };
    await press('limits-clamped:Tree');
    expect(ids(await own.examine(real))).toEqual(['threads-many']);
    await press('threads-many:Tree');
    expect(ids(await own.examine(real))).toEqual([]);
  });

  it('a worker had too little memory: the scan is begun again with fewer threads at the press of a key', async () => {
    const own = new Ward();
    makePlainTree(join(own.tree, 'wide'), 80, 500);
    // Many more threads than 64 MiB hold, and no second try.
    const small = ['--memory', '64MiB', '--threads', '16', '--retries', '0', '--fast-start', '--max-containers', '1'];
    expect((await cli(scanOf(own, own.tree, ...small), real)).status).toBe(2);
    const found = await own.examine(real);
    expect(ids(found)).toContain('worker-out-of-memory');
    const [first] = found.findings;
    expect(first).toMatchObject({ id: 'worker-out-of-memory', severity: 'problem' });
    const fix = first?.fixes[0]?.id ?? '';
    const pressed = await cli(['debug', '--data-dir', own.data, '--fix', fix], real);
    expect(pressed.out + pressed.err).toContain('Fixed: the scan ended and nothing is missing');
  });

  it('its Docker ended with all that ran, and the scan before it had done its work again: it goes on at a key', async () => {
    const own = new Ward();
    // They are to be at it when it happens.
    const slow = ['--fast-start', '--max-containers', '1', '--cpus', '0.05'];
    const running = startCli(scanOf(own, own.tree, ...slow), real);
    onTestFinished(async () => {
      running.child.kill('SIGKILL');
      await running.done;
    });
    const workers = async (): Promise<number> =>
      (await docker.listContainers({ filters: { label: ['io.smart-scanner.role=worker'] } })).length;
    await expect.poll(workers, { timeout: 60_000 }).toBeGreaterThan(0);
    await engine.crash();
    await engine.restart();
    await running.said('was lost with its daemon');
    running.interrupt();
    expect((await running.done).status).toBe(130);
    const { findings } = await own.examine(real);
    // It answers again: that it did not is no cause any more.
    expect(findings.map(({ id }) => id)).toEqual(['docker-restarted']);
    const [restarted] = findings;
    expect(restarted?.seen).toContain('exit code 255 (lost with its daemon)');
    const pressed = await cli(['debug', '--data-dir', own.data, '--fix', restarted?.fixes[0]?.id ?? ''], real);
    expect(pressed.out + pressed.err).toContain('Fixed: the scan ended and nothing is missing');
  });

  it('a mount of another host is not looked for on this one', async () => {
    const own = new Ward();
    own.begin({ runtime: 'docker', hostId: 'another-daemon', name: 'group-0' }).catalog.close();
    own.change((db) => db.prepare("UPDATE mounts SET path = '/mnt/nowhere/here'").run());
    const { checks } = await own.examine(real);
    expect(checks.find(({ id }) => id === 'mounts')).toMatchObject({
      verdict: 'ok',
      said: 'group-0: on test, not looked at',
    });
  });
});

/** Hours that begin in a while and are over long before tomorrow's now. */
function closedNow(): string {
  const clock = (hours: number): string => {
    const at = new Date(Date.now() + hours * 3_600_000);
    return `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`;
  };
  return `${clock(6)}-${clock(9)}`;
}
