import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { startFakeDaemon, type FakeAnswers, type FakeDaemon } from './fixtures/fake-daemon.ts';
import { cli, type CliResult } from './support/cli.ts';
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
let daemon: FakeDaemon | null = null;
let count = 0;

beforeAll(() => {
  mkdirSync(mount);
  writeFileSync(join(mount, 'a'), 'x');
});
afterEach(() => {
  daemon?.close();
});

async function scanWith(answers: FakeAnswers, runtime: string): Promise<CliResult> {
  const dir = join(base, String((count += 1)));
  mkdirSync(dir);
  daemon = await startFakeDaemon(dir, answers);
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

it('refuses an API that is too old, and one that is too new, saying which is needed', async () => {
  const old = await scanWith({ version: { ApiVersion: '1.40' }, info: INFO }, 'docker');
  expect(old.status).toBe(3);
  expect(old.err).toMatch(/DOCKER_API: This Docker speaks API 1\.40; 1\.41 is needed/);
  daemon?.close();
  const fresh = await scanWith({ version: { ApiVersion: '1.99', MinAPIVersion: '1.90' }, info: INFO }, 'docker');
  expect(fresh.status).toBe(3);
  expect(fresh.err).toMatch(/DOCKER_API: This Docker speaks API 1\.90 and newer/);
});

it('doesn’t wait for a daemon that never answers', async () => {
  const hanging = { version: { ApiVersion: '1.47' }, hangs: true };
  const auto = await scanWith(hanging, 'auto');
  expect(auto).toMatchObject({ status: 0 });
  expect(auto.out).toContain('using the embedded process runtime');
  daemon?.close();
  const asked = await scanWith(hanging, 'docker');
  expect(asked.status).toBe(3);
  expect(asked.err).toContain('DOCKER_UNREACHABLE');
});
