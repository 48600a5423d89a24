import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { containerOptions, HEALTHCHECK } from '../engine/runtime/docker/container-options.ts';
import { DockerRuntime } from '../engine/runtime/docker/docker-runtime.ts';
import { imageStatus } from '../engine/runtime/docker/image.ts';
import { DockerLeases } from '../engine/runtime/docker/lease.ts';
import { removeSuperseded } from '../engine/runtime/docker/our-images.ts';
import { Connection } from '../engine/connection/connection.ts';
import { parseEndpoint } from '../engine/connection/endpoint.ts';
import { ACCEPT_NONE } from '../engine/connection/ssh/host-key.ts';
import { SPOOL_FILES, PROTOCOL_MAJOR, PROTOCOL_MINOR } from '../shared/worker-protocol.ts';
import { systemClock } from '../engine/scan/clock.ts';
import { readResult, waitUntilEnded } from '../engine/scan/helper-run.ts';
import type { AttemptRef, HostLease, RuntimeInfo, StartSpec } from '../engine/runtime/runtime.ts';
import { describeWithDocker } from './docker.ts';
import { temporaryDirectory } from './support/temporary.ts';

const ROOT = join(import.meta.dirname, '..');
const never = new AbortController().signal;
const GIB = 1024 ** 3;

describeWithDocker('the Docker runtime', ({ address, baseImage }) => {
  const docker = new Docker({ socketPath: address.replace(/^unix:\/\//, ''), host: undefined, protocol: 'http' });
  const mount = join(temporaryDirectory(), 'mount');
  const spoolRoot = join(temporaryDirectory(), 'spool');
  const tags: string[] = [];

  const runtimeOf = (more: { spoolRoot?: string; image?: string; baseImage?: string } = {}): DockerRuntime =>
    new DockerRuntime({
      connection: new Connection(parseEndpoint(address), ACCEPT_NONE),
      contextRoot: ROOT,
      image: null,
      baseImage,
      spoolRoot,
      ...more,
    });
  const freshName = (): { readonly tag: string; readonly repo: string; readonly version: string } => {
    const [repo, version] = ['smart-scanner-test-image', uuidv7()];
    tags.push(`${repo}:${version}`);
    return { tag: `${repo}:${version}`, repo, version };
  };
  const ready = async (runtime: DockerRuntime): Promise<RuntimeInfo> => {
    const info = await runtime.connect(never);
    await runtime.prepare({ onProgress: () => undefined, signal: never });
    return info;
  };
  const specOf = (attempt: string, mountPath = mount): StartSpec => ({
    labels: { host: 'h', scan: 's', chunk: '7', attempt, role: 'worker', owner: 'me@here' },
    mountPath,
    limits: { cpus: 0.5, memoryBytes: GIB, priority: { cpuShares: 128, ioWeight: 50, niceness: 15 } },
    job: {
      kind: 'scan',
      protocol: { major: PROTOCOL_MAJOR, minor: PROTOCOL_MINOR },
      attempt,
      threads: 2,
      stallTimeoutMs: 600_000,
      crossFilesystems: false,
      excludes: [],
      roots: [{ path: '', mode: 'subtree' }],
      budget: { entries: null, bytes: null, timeMs: null, pendingDirs: null },
      order: 'depth',
      hashShard: true,
    },
  });
  const finish = async (runtime: DockerRuntime, ref: AttemptRef): Promise<void> => {
    const status = await waitUntilEnded(runtime, ref, systemClock, never);
    expect(status).toMatchObject({ state: 'exited', exitCode: 0, oomKilled: false });
  };

  beforeAll(() => {
    mkdirSync(join(mount, 'sub'), { recursive: true });
    writeFileSync(join(mount, 'sub', 'file'), 'content');
  });
  afterAll(async () => {
    for (const tag of tags)
      await docker
        .getImage(tag)
        .remove({ force: true })
        .catch(() => undefined);
  });

  it('gives a container every security option, as inspect tells', async () => {
    const runtime = runtimeOf();
    await ready(runtime);
    const ref = await runtime.start(specOf(uuidv7()));
    try {
      const { HostConfig, Config, Name, Mounts } = await docker.getContainer(ref.id).inspect();
      expect(HostConfig).toMatchObject({
        NetworkMode: 'none',
        ReadonlyRootfs: true,
        Privileged: false,
        CapDrop: ['ALL'],
        CapAdd: ['DAC_READ_SEARCH'],
        PidsLimit: 200,
        Init: true,
        AutoRemove: false,
        IpcMode: 'private',
        NanoCpus: 500_000_000,
        Memory: GIB,
        MemorySwap: GIB,
        Binds: null,
        CpuShares: 128,
        LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
        RestartPolicy: { Name: 'no' },
      });
      const options = HostConfig.SecurityOpt as string[];
      expect(options).toContain('no-new-privileges:true');
      const profile = options.find((option) => option.startsWith('seccomp='))?.slice('seccomp='.length) ?? '{}';
      expect(JSON.parse(profile)).toMatchObject({ defaultAction: 'SCMP_ACT_ERRNO' });
      expect(profile).toContain('"newfstatat"');
      for (const call of ['open_by_handle_at', 'socket"', '"mount', 'ptrace', 'setns', 'unshare', 'bpf', 'keyctl']) {
        expect(profile).not.toContain(call);
      }
      expect(Config.User).toBe('0:0');
      expect(Config.Healthcheck?.Test?.slice(0, 3)).toEqual(['CMD', 'node', '-e']);
      expect(Config.Labels).toMatchObject({
        'io.smart-scanner.host': 'h',
        'io.smart-scanner.scan': 's',
        'io.smart-scanner.chunk': '7',
        'io.smart-scanner.attempt': ref.attempt,
        'io.smart-scanner.role': 'worker',
        'io.smart-scanner.owner': 'me@here',
      });
      expect(Name).toBe(`/smart-scanner-worker-${ref.attempt}`);
      const bind = Mounts.find(({ Destination }) => Destination === '/mount');
      expect(bind).toMatchObject({ Source: mount, RW: false });
      expect(['rslave', 'rprivate']).toContain(bind?.Propagation);
      // Only its file in argv: everything else is in the job.
      expect(Config.Cmd).toEqual(['scan', '/spool/job.json']);
      await finish(runtime, ref);
    } finally {
      await runtime.remove(ref);
    }
    expect((await runtime.inspect(ref)).state).toBe('gone');
    expect((await runtime.list()).filter((found) => found.ref.attempt === ref.attempt)).toEqual([]);
  });

  it('is unhealthy when its heartbeat grows old', { timeout: 60_000 }, async () => {
    const runtime = runtimeOf();
    await ready(runtime);
    const options = containerOptions({
      imageId: baseImage,
      labels: specOf(uuidv7()).labels,
      jobKind: 'scan',
      mountPath: mount,
      propagation: 'rprivate',
      files: [],
      spool: { Type: 'tmpfs', Source: '', Target: '/spool' },
      spoolHandle: '',
      jobFile: 'job.json',
      limits: { cpus: 1, memoryBytes: GIB, priority: { cpuShares: 1024, ioWeight: 500, niceness: 0 } },
      weighsIo: true,
    });
    // It beats until it gets a line, then as if it had stopped a minute ago.
    const beating = `
      const beat = (ago) => { fs.writeFileSync('/spool/heartbeat', ''); const at = Date.now() / 1000 - ago; fs.utimesSync('/spool/heartbeat', at, at); };
      beat(0); const timer = setInterval(() => beat(0), 500);
      process.on('SIGUSR2', () => { clearInterval(timer); beat(60); setInterval(() => undefined, 1000); });`;
    const container = await docker.createContainer({
      ...options,
      Entrypoint: ['node', '-e', beating],
      Cmd: [],
      Healthcheck: { ...HEALTHCHECK, Interval: 1e9, StartPeriod: 1e9 },
    });
    const ref = { runtime: 'docker', node: '', attempt: 'x', id: container.id, spool: '' } as const;
    const becomes = (health: string): Promise<void> =>
      vi.waitFor(async () => expect((await runtime.inspect(ref)).health).toBe(health), {
        timeout: 25_000,
        interval: 200,
      });
    try {
      await container.start();
      await becomes('healthy');
      await container.kill({ signal: 'SIGUSR2' });
      await becomes('unhealthy');
    } finally {
      await container.remove({ force: true });
    }
  });

  it('means it: inside there is no socket, no write to the mount, no new device, no other identity', async () => {
    const runtime = runtimeOf();
    await ready(runtime);
    const probe = `
      const attempt = (name, act) => { try { act(); console.log(name, 'allowed'); } catch (e) { console.log(name, e.code); } };
      const fs = require('fs'), { execFileSync } = require('child_process');
      attempt('write-mount', () => fs.writeFileSync('/mount/x', ''));
      attempt('write-root', () => fs.writeFileSync('/x', ''));
      attempt('read-mount', () => fs.readFileSync('/mount/sub/file'));
      attempt('chown', () => fs.chownSync('/spool', 5, 5));
      const server = require('net').createServer().on('error', (e) => console.log('socket', e.code)).listen(0, () => { console.log('socket allowed'); server.close(); });`;
    const options = containerOptions({
      imageId: baseImage,
      labels: specOf(uuidv7()).labels,
      jobKind: 'scan',
      mountPath: mount,
      propagation: 'rprivate',
      files: [],
      spool: { Type: 'tmpfs', Source: '', Target: '/spool' },
      spoolHandle: '',
      jobFile: 'job.json',
      limits: { cpus: 1, memoryBytes: GIB, priority: { cpuShares: 1024, ioWeight: 500, niceness: 0 } },
      weighsIo: true,
    });
    const container = await docker.createContainer({ ...options, Entrypoint: ['node', '-e', probe], Cmd: [] });
    try {
      await container.start();
      await container.wait();
      const said = (await container.logs({ stdout: true, stderr: true })).toString('latin1');
      expect(said).toContain('write-mount EROFS');
      expect(said).toContain('write-root EROFS');
      expect(said).toContain('read-mount allowed');
      expect(said).toContain('chown EPERM');
      expect(said).toMatch(/socket EPERM|socket EACCES/);
    } finally {
      await container.remove({ force: true });
    }
  });

  it('copies nothing where the daemon sees our directory, and leaves nothing there', async () => {
    const runtime = runtimeOf();
    await ready(runtime);
    const ref = await runtime.start(specOf(uuidv7()));
    await finish(runtime, ref);
    const files = await runtime.fetch(ref, [SPOOL_FILES.shard, SPOOL_FILES.result, 'nothing'], temporaryDirectory());
    expect(files.map(({ name, copied }) => [name, copied])).toEqual([
      [SPOOL_FILES.shard, false],
      [SPOOL_FILES.result, false],
    ]);
    expect(files[0]?.path.startsWith(spoolRoot)).toBe(true);
    expect(await runtime.logs(ref, 10_000)).toContain('"type":"hello"');
    await runtime.remove(ref);
    await runtime.remove(ref);
    expect(existsSync(join(spoolRoot, ref.attempt))).toBe(false);
  });

  it('uses a volume where the daemon does not, brings the shard whole, and removes the volume', async () => {
    const runtime = runtimeOf({ spoolRoot: join(mount, 'sub', 'file', 'no directory') });
    await ready(runtime);
    const ref = await runtime.start(specOf(uuidv7()));
    expect(ref.spool).toMatch(/^volume:/);
    await finish(runtime, ref);
    const files = await runtime.fetch(ref, [SPOOL_FILES.shard, SPOOL_FILES.result, 'nothing'], temporaryDirectory());
    expect(files.map(({ name, copied }) => [name, copied])).toEqual([
      [SPOOL_FILES.shard, true],
      [SPOOL_FILES.result, true],
    ]);
    const { result } = await readResult(files);
    const shard = readFileSync(files[0]?.path ?? '');
    expect(createHash('sha256').update(shard).digest('hex')).toBe(result?.shardSha256);
    await runtime.remove(ref);
    const volumes = await docker.listVolumes({ filters: { label: [`io.smart-scanner.attempt=${ref.attempt}`] } });
    expect(volumes.Volumes).toEqual([]);
  });

  it('removes no directory and no volume that it did not make, whatever a label says', async () => {
    const runtime = runtimeOf();
    await ready(runtime);
    const foreign = join(temporaryDirectory(), uuidv7());
    mkdirSync(foreign);
    writeFileSync(join(foreign, 'precious'), 'x');
    const label = 'io.smart-scanner';
    await docker.createVolume({ Name: 'somebody-elses', Labels: { [`${label}.attempt`]: uuidv7() } });
    try {
      for (const handle of [`directory:${foreign}`, `directory:${spoolRoot}/x/../../..`, 'volume:somebody-elses']) {
        const { id } = await docker.createContainer({
          Image: baseImage,
          Labels: { [`${label}.attempt`]: uuidv7(), [`${label}.spool`]: handle },
        });
        const found = (await runtime.list()).find(({ ref }) => ref.id === id);
        expect(found?.ref.spool).toBe(handle);
        if (found !== undefined) await runtime.remove(found.ref);
        expect((await runtime.list()).map(({ ref }) => ref.id)).not.toContain(id);
      }
      expect(existsSync(join(foreign, 'precious'))).toBe(true);
      expect((await runtime.list()).map(({ ref }) => ref.spool)).not.toContain('volume:somebody-elses');
      expect(await docker.getVolume('somebody-elses').inspect()).toMatchObject({ Name: 'somebody-elses' });
    } finally {
      await docker.getVolume('somebody-elses').remove();
      await runtime.close();
    }
  });

  it('streams lines while a worker runs, and says in the daemon’s words why one can not start', async () => {
    const runtime = runtimeOf();
    await ready(runtime);
    const ref = await runtime.start(specOf(uuidv7()));
    const lines: string[] = [];
    for await (const line of runtime.lines(ref, AbortSignal.timeout(30_000))) lines.push(line);
    expect(lines[0]).toContain('"hello"');
    expect(lines.at(-1)).toContain('"result"');
    await runtime.remove(ref);
    const attempt = uuidv7();
    await expect(runtime.start(specOf(attempt, join(mount, 'nowhere')))).rejects.toMatchObject({
      code: 'WORKER_START',
      message: expect.stringMatching(/bind source path does not exist/) as unknown,
    });
    expect((await runtime.list()).filter((found) => found.ref.attempt === attempt)).toEqual([]);
    expect(existsSync(join(spoolRoot, attempt))).toBe(false);
  });

  it('refuses an image that is not ours, rebuilds one with another program, names what would mend a missing base', async () => {
    await expect(ready(runtimeOf({ image: baseImage }))).rejects.toMatchObject({ code: 'IMAGE_MISSING' });
    const { tag, repo, version } = freshName();
    const missing = ready(runtimeOf({ image: tag, baseImage: 'localhost:1/nothing/here:1' }));
    await expect(missing).rejects.toMatchObject({
      code: 'IMAGE_MISSING',
      message: expect.stringMatching(/localhost:1\/nothing\/here:1 is missing and can't be pulled/) as unknown,
      hint: expect.stringMatching(/docker pull localhost:1\/nothing\/here:1/) as unknown,
    });
    const container = await docker.createContainer({ Image: baseImage });
    await container.commit({ repo, tag: version, changes: 'LABEL io.smart-scanner.content=another' });
    await container.remove();
    const before = (await docker.getImage(tag).inspect()).Id;
    await ready(runtimeOf({ image: tag }));
    const after = await docker.getImage(tag).inspect();
    expect(after.Id).not.toBe(before);
    const content = JSON.parse(readFileSync(join(ROOT, 'dist', 'image-content.json'), 'utf8')) as { hash: string };
    expect((after.Config as { Labels: Record<string, string> }).Labels['io.smart-scanner.content']).toBe(content.hash);
  });

  it('removes images of ours that lost their name, but none that a container uses, or a scan of another version runs from', async () => {
    const { tag, repo, version } = freshName();
    const container = await docker.createContainer({ Image: baseImage });
    const lease: HostLease = { scanId: uuidv7(), owner: 'me@attic', mountPath: `/${tag}`, mountName: 'M', sinceMs: 0 };
    let content: string | null = 'first';
    const leases = new DockerLeases(
      () => docker,
      () => content,
    );
    // Its workers come and go; between two no container tells that it runs.
    await leases.take(lease);
    const superseded: string[] = [];
    // Each takes the name from the one before.
    for (const label of ['first', 'second', 'third']) {
      await container.commit({ repo, tag: version, changes: `LABEL io.smart-scanner.content=${label}` });
      superseded.push((await docker.getImage(tag).inspect()).Id);
    }
    await container.remove();
    const left = async (): Promise<string[]> => {
      const there = new Set((await docker.listImages()).map(({ Id }) => Id));
      return superseded.filter((id) => there.has(id));
    };
    const user = await docker.createContainer({ Image: superseded[1] ?? '' });
    try {
      await ready(runtimeOf({ image: tag }));
      expect(await left()).toEqual(superseded.slice(0, 2));
    } finally {
      await user.remove();
      await leases.drop(lease);
    }
    // A version from before this was noted: it may run from any of them.
    content = null;
    await leases.take(lease);
    await removeSuperseded(docker);
    expect(await left()).toEqual(superseded.slice(0, 2));
    await leases.drop(lease);
    await removeSuperseded(docker);
    expect(await left()).toEqual([]);
  });

  it('makes an image again that somebody removed between two workers', async () => {
    const { tag, repo, version } = freshName();
    await ready(runtimeOf());
    const { image } = await imageStatus(docker, { contextRoot: ROOT, image: null, baseImage });
    const container = await docker.createContainer({ Image: image?.id ?? '' });
    await container.commit({ repo, tag: version });
    await container.remove();
    const runtime = runtimeOf({ image: tag });
    await ready(runtime);
    await docker.getImage((await docker.getImage(tag).inspect()).Id).remove({ force: true });
    const refs = await Promise.all([runtime.start(specOf(uuidv7())), runtime.start(specOf(uuidv7()))]);
    for (const ref of refs) {
      await finish(runtime, ref);
      await runtime.remove(ref);
    }
  });

  it('tells a daemon that is not there', async () => {
    const runtime = new DockerRuntime({
      connection: new Connection(parseEndpoint('unix:///nonexistent/docker.sock'), ACCEPT_NONE),
      contextRoot: ROOT,
      image: null,
      baseImage: null,
      spoolRoot,
    });
    await expect(runtime.connect(never)).rejects.toMatchObject({ code: 'DOCKER_UNREACHABLE' });
  });
});
