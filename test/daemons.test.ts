import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startFakeDaemon, type FakeAnswers, type FakeDaemon } from './fixtures/fake-daemon.ts';
import { cli, type CliResult } from './support/cli.ts';
import { expectRow } from './support/host-row.ts';
import { temporaryDirectory } from './support/temporary.ts';

const INFO = {
  ID: 'x',
  Name: 'elsewhere',
  NCPU: 4,
  MemTotal: 8 * 1024 ** 3,
  ServerVersion: '27.0',
  OperatingSystem: 'Debian',
};
const base = temporaryDirectory();
const mount = join(base, 'mount');
const daemons: FakeDaemon[] = [];
let count = 0;

beforeAll(() => {
  mkdirSync(mount);
  writeFileSync(join(mount, 'a'), 'x');
});
afterEach(() => {
  for (const daemon of daemons.splice(0)) daemon.close();
});

async function started(dir: string, answers: FakeAnswers): Promise<FakeDaemon> {
  const daemon = await startFakeDaemon(dir, answers);
  daemons.push(daemon);
  return daemon;
}

async function scanWith(answers: FakeAnswers, runtime: string): Promise<CliResult> {
  const dir = join(base, String((count += 1)));
  mkdirSync(dir);
  const daemon = await started(dir, answers);
  const options = { env: { DOCKER_HOST: daemon.address } };
  return await cli(['scan', mount, 'M', '--runtime', runtime, '--data-dir', join(dir, 'data')], options);
}

it.each(['Docker Desktop', 'OrbStack'])(
  'auto uses processes where the daemon is a virtual machine: %s',
  async (system) => {
    const said = await scanWith(
      { version: { ApiVersion: '1.47' }, info: { ...INFO, OperatingSystem: system } },
      'auto',
    );
    expect(said).toMatchObject({ status: 0 });
    expect(said.out).toContain('is a virtual machine: using the embedded process runtime for local paths.');
  },
);

it('refuses an API that is too old, saying which is needed, where a scan wants it', async () => {
  const old = await scanWith({ version: { ApiVersion: '1.40' }, info: INFO }, 'docker');
  expect(old.status).toBe(3);
  expect(old.err).toMatch(/DOCKER_API: This Docker speaks API 1\.40; 1\.41 is needed/);
});

const TOO_OLD = { ApiVersion: '1.40' };
const NEWEST_AND_ONE = { ApiVersion: '1.52', MinAPIVersion: '1.44' };

describe('hosts test', () => {
  const look = async (answers: FakeAnswers): Promise<CliResult> => {
    const dir = join(base, String((count += 1)));
    mkdirSync(dir);
    const daemon = await started(dir, answers);
    return await cli(['hosts', 'test', daemon.address, '--data-dir', join(dir, 'data')]);
  };

  it.each<[string, FakeAnswers['version'], RegExp]>([
    ['older than is spoken here', TOO_OLD, /This Docker speaks API 1\.40; 1\.41 is needed.*\n[^]*Update Docker/],
    [
      'newer in all its versions',
      { ApiVersion: '1.99', MinAPIVersion: '1.90' },
      /This Docker speaks API 1\.90 and newer; this program speaks up to 1\.51\.[^]*Update Smart Scanner/,
    ],
  ])('refuses an API that is %s: the version found and the one needed', async (_what, version, says) => {
    expectRow(await look({ version, info: INFO }), 'DOCKER_API', says);
  });

  it.each([
    ['the oldest', { ApiVersion: '1.41' }, '1.41'],
    ['one between', { ApiVersion: '1.43', MinAPIVersion: '1.12' }, '1.43'],
    ['one newer than is known here', NEWEST_AND_ONE, '1.51'],
  ])('speaks with %s', async (_what, version, spoken) => {
    const { out } = await look({ version, info: { ...INFO, SystemTime: new Date().toISOString() } });
    expect(out).toMatch(new RegExp(`^API +ok +${spoken.replace('.', '\\.')}$`, 'm'));
    // In each request after the first.
    expect(new Set(daemons[0]?.versions)).toEqual(new Set([spoken]));
  });

  it.each([
    [3_600_000, /^clock +note +it is 3(?:600|599)\.\d s ahead of this computer's$/m],
    [-90_000, /^clock +note +it is 9\d\.\d s behind this computer's$/m],
    [0, /^clock +ok +within 2 s of this computer's$/m],
  ])('says how far the clock of a host is off: %d ms', async (offMs, says) => {
    const info = (): object => ({ ...INFO, SystemTime: new Date(Date.now() + offMs).toISOString() });
    const { out } = await look({ version: { ApiVersion: '1.47' }, info });
    expect(out).toMatch(says);
  });

  it('is remembered by the list, where the clock is off', async () => {
    const dir = join(base, String((count += 1)));
    mkdirSync(dir);
    const info = (): object => ({ ...INFO, SystemTime: new Date(Date.now() + 3_600_000).toISOString() });
    const daemon = await started(dir, { version: { ApiVersion: '1.47' }, info });
    const hosts = (...args: string[]): Promise<CliResult> => cli(['hosts', ...args, '--data-dir', join(dir, 'data')]);
    await hosts('add', 'late', daemon.address, '--unchecked');
    expect((await hosts('list')).out).toMatch(/never reached/);
    await hosts('test', 'late');
    const { out } = await hosts('list');
    expect(out).not.toContain('never reached');
    expect(out).toMatch(/late .*clock 3(?:600|599)\.\d s ahead \(\d{4}-\d\d-\d\d\)/);
  });
});

it('doesn’t wait for a daemon that never answers', async () => {
  const hanging = { version: { ApiVersion: '1.47' }, hangs: true };
  const scans = [scanWith(hanging, 'auto'), scanWith(hanging, 'docker')] as const;
  const [auto, asked] = await Promise.all(scans);
  expect(auto).toMatchObject({ status: 0 });
  expect(auto.out).toContain('using the embedded process runtime');
  expect(asked.status).toBe(3);
  expect(asked.err).toContain('DOCKER_UNREACHABLE');
});
