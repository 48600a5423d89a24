import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Connection, type Connected } from '../engine/connection/connection.ts';
import { OpenConnections } from '../engine/connection/open-connections.ts';
import { Secrets } from '../engine/connection/secrets.ts';
import { parseEndpoint } from '../engine/connection/endpoint.ts';
import { ACCEPT_NONE } from '../engine/connection/ssh/host-key.ts';
import { isConnectionLost } from '../engine/runtime/connection-lost.ts';
import { getFile } from '../engine/runtime/docker/archive.ts';
import { BASE_IMAGE, describeWithDocker } from './docker.ts';
import { startFreezingProxy, type CutAfter, type FreezingProxy } from './fixtures/freezing-proxy.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { catalogValue } from './support/catalog-rows.ts';
import { cli } from './support/cli.ts';
import { expectSame } from './support/compare.ts';
import { Marker, openHere, unixSocketsBelow } from './support/leaks.ts';
import { PrivateEngine } from './support/private-engine.ts';
import { Sshd } from './support/sshd.ts';
import { temporaryDirectory } from './support/temporary.ts';

/** Sends a line now and then; its file of 64 MB is there from the beginning. */
const TALKER = ['sh', '-c', 'while :; do echo line; sleep 0.1; done'];
const BIG_FILE = '/usr/local/bin/node';
const SOON = { timeout: 15_000, interval: 50 };

// An engine of its own: an image is built there, and all that is on it is ours.
describeWithDocker('what a cut connection leaves', () => {
  const dir = temporaryDirectory();
  const temp = join(dir, 'temp');
  const engine = new PrivateEngine();
  const sshd = new Sshd(join(dir, 'ssh'));
  /** What is started here, and what is started there for it. */
  const here = new Marker('SMART_SCANNER_TEST_HERE');
  const there = new Marker('SMART_SCANNER_TEST_THERE');
  const forwards = ['AllowStreamLocalForwarding yes', `SetEnv ${there.name}=${there.value}`];
  let proxy: FreezingProxy;
  let cutAfter: CutAfter = () => null;

  beforeAll(async () => {
    mkdirSync(temp);
    chmodSync(dir, 0o755);
    await engine.start();
    proxy = await startFreezingProxy(join(dir, 'docker.sock'), engine.address.replace('unix://', ''), (head) =>
      cutAfter(head),
    );
    await sshd.start({ config: forwards });
    const [type, key] = readFileSync(sshd.at('host.pub'), 'utf8').split(' ');
    writeFileSync(sshd.at('known_hosts'), `[127.0.0.1]:${sshd.port} ${type ?? ''} ${key ?? ''}\n`);
  }, 120_000);
  afterEach(() => {
    cutAfter = () => null;
    vi.unstubAllEnvs();
  });
  afterAll(async () => {
    proxy.close();
    await sshd.stop();
    await engine.remove();
  });

  const url = (): string => `ssh://root@127.0.0.1:${sshd.port}${join(dir, 'docker.sock')}`;
  const env = (client: string): Record<string, string> => ({
    ...sshd.env,
    TMPDIR: temp,
    SMART_SCANNER_SSH: client,
    SMART_SCANNER_BASE_IMAGE: BASE_IMAGE,
    [here.name]: here.value,
  });
  /** The connection breaks in the middle of the first answer to a request like each of these, after so many bytes of it. */
  const cutInAnswersTo = (...wanted: readonly (readonly [RegExp, number])[]): { readonly cuts: () => number } => {
    const happened = new Set<RegExp>();
    cutAfter = (head) => {
      const [request, bytes] = wanted.find(([like]) => like.test(head.split('\r\n')[0] ?? '')) ?? [null, 0];
      if (request === null) return null;
      const instead = (): void => {
        if (!happened.has(request)) sshd.cut();
        happened.add(request);
      };
      return { bytes, instead };
    };
    return { cuts: () => happened.size };
  };
  const expectNothingLeft = async (): Promise<void> => {
    await vi.waitFor(() => {
      expect(here.processes()).toEqual([]);
      expect(there.processes()).toEqual([]);
      expect(sshd.sessions()).toEqual([]);
      expect(unixSocketsBelow(temp)).toEqual([]);
      expect(readdirSync(temp)).toEqual([]);
    }, SOON);
  };

  describe.each(['openssh', 'library'])('by %s', (client) => {
    it.each([
      ['forwarded sockets', 'yes'],
      ['docker system dial-stdio', 'no'],
    ])('with %s: no process, no socket, no listener, on neither side', async (_way, allowed) => {
      await sshd.stop();
      await sshd.start({ config: [`AllowStreamLocalForwarding ${allowed}`, ...forwards.slice(1)] });
      for (const [name, value] of Object.entries(env(client))) vi.stubEnv(name, value);
      const before = openHere();
      const signal = AbortSignal.timeout(60_000);
      const open = new OpenConnections();
      const connection = new Connection(parseEndpoint(url()), ACCEPT_NONE, new Secrets(), (state) =>
        open.note(connection, state),
      );
      const lost: string[] = [];
      const first = await connection.connect(signal);
      expect(here.processes().length > 0).toBe(client === 'openssh');
      expect(here.ports()).toEqual([]);
      if (allowed === 'yes') {
        // As many as two dozen workers want: each with a stream of its log, one of its end, and calls beside them.
        const { control, streams } = first.clients;
        const followed = await Promise.all(Array.from({ length: 64 }, () => streams.getEvents()));
        expect(String(await control.ping())).toBe('OK');
        expect(sshd.sessions()).toHaveLength(1);
        for (const events of followed) (events as { destroy?: () => void }).destroy?.();
      }
      const talker = await first.clients.control.createContainer({ Image: BASE_IMAGE, Cmd: TALKER });
      await talker.start();
      // Cut while lines come, in the middle of a file.
      const file = cutInAnswersTo([/^GET \S+\/archive\?/, 1_000_000]);
      const logs = await first.clients.streams.getContainer(talker.id).logs({ follow: true, stdout: true });
      const ended = finished(logs, { writable: false }).catch((error: unknown) => error);
      logs.resume();
      const fetched = getFile(first.clients.bulk.getContainer(talker.id), BIG_FILE, 'fetched', dir);
      await expect(fetched).rejects.toSatisfy((error) => isConnectionLost(error));
      expect(file.cuts()).toBe(1);
      await ended;
      // Made again, and then a hole that says nothing: told by who wakes up.
      const again = (): Promise<Connected> => vi.waitFor(() => connection.connect(signal), SOON);
      const second = await again();
      expect(await second.clients.control.getContainer(talker.id).inspect()).toMatchObject({
        State: { Running: true },
      });
      for (const pid of sshd.sessions()) process.kill(pid, 'SIGSTOP');
      const unheard = second.clients.control.ping().catch((error: unknown) => error);
      open.wake();
      lost.push(String(await unheard));
      for (const pid of sshd.sessions()) process.kill(pid, 'SIGCONT');
      const third = await again();
      await third.clients.control.getContainer(talker.id).remove({ force: true });
      await connection.close();
      await expectNothingLeft();
      await vi.waitFor(() => expect(openHere().filter((link) => !before.includes(link))).toEqual([]), SOON);
      expect(lost).toHaveLength(1);
    });

    it('in the middle of an image build it is begun again, and a scan goes on over cuts in logs and shards', async () => {
      await sshd.stop();
      await sshd.start({ config: forwards });
      const options = { env: env(client) };
      await cli(['image', 'prepare', '--host', engine.address, '--data-dir', join(dir, 'none')], options);
      const docker = (
        await new Connection(parseEndpoint(engine.address), ACCEPT_NONE).connect(AbortSignal.timeout(9_000))
      ).clients;
      await docker.control.getImage('smart-scanner:latest').remove({ force: true });
      docker.close();
      const build = cutInAnswersTo([/^POST \S+\/build\?/, 1]);
      const prepared = await cli(['image', 'prepare', '--host', url(), '--data-dir', join(dir, 'none')], options);
      expect(prepared).toMatchObject({ status: 0 });
      expect(prepared.err).toContain('The connection was lost meanwhile: connecting again.');
      expect(build.cuts()).toBe(1);
      await expectNothingLeft();
      const mount = makePlainTree(join(dir, `tree-${client}`), 40, 10);
      const dataDir = join(dir, client);
      const scan = ['scan', mount, 'M', '--host', url(), '--data-dir', dataDir, '--measure', '--chunk-files', '150'];
      const during = cutInAnswersTo([/^GET \S+\/logs\?.*follow=/, 300], [/^GET \S+\/archive\?\S*shard\.db\.zst/, 700]);
      const { status, err, out } = await cli(scan, options);
      expect({ status, err, cuts: during.cuts() }).toEqual({ status: 0, err: '', cuts: 2 });
      expect(out).toMatch(/RECONNECTED after/);
      expectSame(dataDir, 'M', mount);
      expect(catalogValue(dataDir, 'SELECT sum(failures) FROM chunks')).toBe(0);
      await expectNothingLeft();
    });
  });
});
