import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWithDocker } from './docker.ts';
import { startFreezingProxy } from './fixtures/freezing-proxy.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { cli, type CliResult } from './support/cli.ts';
import { expectSame } from './support/compare.ts';
import { temporaryDirectory } from './support/temporary.ts';

describeWithDocker('hosts', ({ address, baseImage }) => {
  const dir = temporaryDirectory();
  const hosts = (name: string, ...args: string[]): Promise<CliResult> =>
    cli(['hosts', ...args, '--data-dir', join(dir, name)]);

  it('are added after a check, listed, chosen and forgotten; the same daemon stays the same host', async () => {
    const added = await hosts('a', 'add', 'tower', address);
    expect(added).toMatchObject({ status: 0, err: '' });
    expect(added.out).toMatch(/^Docker +ok .*\nAPI +ok +\d+\.\d+\nclock +ok .*\nimage +(?:ok|note) .*\nspace /);
    expect(statSync(join(dir, 'a', 'hosts.json')).mode & 0o777).toBe(0o600);
    const list = async (): Promise<{ hosts: { id: string; name: string }[]; defaultId: string | null }> =>
      JSON.parse((await hosts('a', 'list', '--json')).out) as Awaited<ReturnType<typeof list>>;
    const before = await list();
    const again = await hosts('a', 'add', 'nas', address);
    expect(again.out).toContain('It is the host that was called "tower", with its history;');
    const after = await list();
    expect(after.hosts.map(({ id, name }) => [id, name])).toEqual([[before.hosts[0]?.id, 'nas']]);
    expect((await hosts('a', 'default', 'nas')).out).toContain(`nas: ${address}`);
    expect((await list()).defaultId).toBe(after.hosts[0]?.id);
    // Reached by name, before the command.
    const named = await cli(['--host', 'nas', 'cleanup', '--dry-run', '--data-dir', join(dir, 'a')]);
    expect(named).toMatchObject({ status: 0, err: '' });
    expect((await hosts('a', 'remove', 'nas')).status).toBe(0);
    expect((await list()).hosts).toEqual([]);
  });

  it('behind a pipe are scanned by its address: a socket called like it stands in for Windows’ own', async () => {
    const proxy = await startFreezingProxy(`${dir}/\\\\.\\pipe\\docker_engine`, address.replace(/^unix:\/\//, ''));
    const mount = makePlainTree(join(dir, 'tree'), 5, 4);
    const dataDir = join(dir, 'pipe');
    const env = { SMART_SCANNER_BASE_IMAGE: baseImage };
    const scan = ['scan', mount, 'M', '--host', 'npipe:////./pipe/docker_engine', '--data-dir', dataDir];
    expect(await cli(scan, { cwd: dir, env })).toMatchObject({ status: 0, err: '' });
    proxy.close();
    expectSame(dataDir, 'M', mount);
  });

  it('that fail their check are not added; the step that failed is named', async () => {
    const refused = await hosts('b', 'add', 'tower', 'ssh://root@127.0.0.1:1');
    expect(refused.status).toBe(3);
    expect(refused.out).toMatch(/name +ok\nport +FAILED +HOST_PORT_CLOSED: .*\nhost key +-\nlog-in +-\nDocker +-/);
    expect((await hosts('b', 'list')).out).toContain('No host was added');
    expect(await hosts('b', 'test', '--all')).toMatchObject({
      status: 0,
      out: expect.stringContaining('No host was added') as unknown,
    });
    expect(await hosts('b', 'add', 'tower', 'ssh://root@127.0.0.1:1', '--unchecked')).toMatchObject({ status: 0 });
    const taken = await hosts('b', 'add', 'tower', address);
    expect(taken.status).toBe(64);
    expect(taken.err).toContain('HOST_NAME_TAKEN');
    expect((await hosts('b', 'test', 'tower')).status).toBe(3);
  });

  it.each([
    [['add', 'local', 'ssh://x'], 'USAGE'],
    [['add', '-x', 'ssh://x'], ''],
    // What is no address is told apart, by both commands, with an example.
    ...(['add', 'test'] as const).flatMap((command) =>
      [
        ['sssh://root@tower', 'known are ssh://'],
        ['ssh://root@', 'names no machine'],
        ['tcp://tower:port', 'port'],
        ['ssh://fe80::1/var/run/docker.sock', 'brackets'],
        ['tcp://x:70000', '70000'],
      ].map(([address = '', says = '']): [string[], string, string] => [
        command === 'add' ? ['add', 'tower', address] : ['test', address],
        'ENDPOINT',
        says,
      ]),
    ),
    [['test', 'nobody'], 'NO_SUCH_HOST'],
    [['default', 'tower', '--none'], ''],
    [['remove', 'nobody'], 'NO_SUCH_HOST'],
    [['default', 'nobody'], 'NO_SUCH_HOST'],
  ])('%j: exit 64', async (args, code, says = '') => {
    const { status, err } = await hosts('c', ...args);
    expect(status).toBe(64);
    expect(err).toContain(code);
    expect(err).toContain(says);
    if (code === 'ENDPOINT') expect(err).toContain('ssh://root@tower.local');
  });

  it.each([
    ['scan', '/etc', 'Etc', '--runtime', 'process'],
    ['scan', '--resume'],
    ['retry', '--failed'],
    ['stats'],
    ['monitor', '--once'],
    ['pause'],
  ])('a host that is none is refused before anything else: %s', async (...command) => {
    const at = join(temporaryDirectory(), 'nothing');
    for (const [host, code] of [
      ['foo://x', 'ENDPOINT'],
      ['nosuch', 'NO_SUCH_HOST'],
    ] as const) {
      const { status, err } = await cli([...command, '--host', host, '--data-dir', at]);
      expect(err).toContain(`Error ${code}: `);
      expect(status).toBe(64);
    }
    expect(existsSync(at)).toBe(false);
  });
});
