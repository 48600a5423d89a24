import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { pack } from 'tar-stream';
import { Readable } from 'node:stream';
import { Secrets } from '../engine/connection/secrets.ts';
import { OpenSshClient } from '../engine/connection/ssh/open-ssh.ts';
import { LibraryClient } from '../engine/connection/ssh/library/client.ts';
import { ACCEPT_NONE } from '../engine/connection/ssh/host-key.ts';
import { sessionsDial } from '../engine/connection/ssh/sessions.ts';
import { parseEndpoint } from '../engine/connection/endpoint.ts';
import type { SshEndpoint } from '../engine/connection/endpoint.ts';
import type { Dial } from '../engine/connection/transport.ts';
import { connectDocker } from '../engine/runtime/docker/client.ts';
import { getFile } from '../engine/runtime/docker/archive.ts';
import { Sshd } from '../test/support/sshd.ts';

// node scripts/run.mjs bench/connections.ts unix:///run/docker.sock IMAGE
// Ping and harvest by each way to one daemon, over an sshd of its own on loopback; `scp` of the same file beside it. Prints JSON lines.
const [address = '', image = ''] = process.argv.slice(2);
const PINGS = 200;
const MIB = 1024 * 1024;
const FILE_BYTES = 128 * MIB;
const ROUNDS = 5;
const socket = address.replace('unix://', '');
const dir = mkdtempSync('/tmp/bench-connections-');
chmodSync(dir, 0o755);
const sshd = new Sshd(join(dir, 'ssh'));
await sshd.start();
const [type, key] = readFileSync(sshd.at('host.pub'), 'utf8').split(' ');
writeFileSync(sshd.at('known_hosts'), `[127.0.0.1]:${sshd.port} ${type ?? ''} ${key ?? ''}\n`);
process.env['PATH'] = sshd.env['PATH'];
const endpoint = parseEndpoint(`ssh://root@127.0.0.1:${sshd.port}${socket}`) as SshEndpoint;
const signal = new AbortController().signal;
const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const openSsh = await new OpenSshClient(endpoint, ACCEPT_NONE, new Secrets()).connect(signal);
const library = await new LibraryClient(endpoint, ACCEPT_NONE).connect(signal);
const ways: [string, Dial][] = [
  ['unix', { kind: 'socket', path: socket }],
  ['OpenSSH', (await openSsh.forward(socket)).dial],
  ['library', (await library.forward(socket)).dial],
  ['OpenSSH dial-stdio', sessionsDial(openSsh, socket, null)],
  ['library dial-stdio', sessionsDial(library, socket, null)],
];
// As a shard is: pages that are alike, and names that are not.
const shard = Buffer.concat(
  Array.from({ length: FILE_BYTES / 4096 }, () => Buffer.concat([randomBytes(1500), Buffer.alloc(2596, 'name')])),
);
writeFileSync(join(dir, 'shard.db'), shard);
for (const [way, dial] of ways) {
  const clients = await connectDocker(dial, signal);
  const pings: number[] = [];
  for (let i = 0; i < PINGS; i += 1) {
    const began = performance.now();
    await clients.control.ping();
    pings.push(performance.now() - began);
  }
  const container = await clients.bulk.createContainer({ Image: image, Cmd: ['true'] });
  const tar = pack();
  tar.entry({ name: 'shard.db' }, shard);
  tar.finalize();
  await container.putArchive(Readable.from(tar), { path: '/tmp' });
  const rates: number[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    const began = performance.now();
    await getFile(container, '/tmp/shard.db', `fetched-${i}`, dir);
    rates.push(FILE_BYTES / MIB / ((performance.now() - began) / 1000));
  }
  await container.remove({ force: true });
  console.log(
    JSON.stringify({ way, pingMs: Number(median(pings).toFixed(2)), harvestMiBs: Math.round(median(rates)) }),
  );
  clients.close();
}
const rates: number[] = [];
for (let i = 0; i < ROUNDS; i += 1) {
  const began = performance.now();
  execFileSync('scp', [
    '-O',
    '-q',
    '-S',
    sshd.at('bin/ssh'),
    '-P',
    String(sshd.port),
    `root@127.0.0.1:${join(dir, 'shard.db')}`,
    join(dir, 'copied'),
  ]);
  rates.push(statSync(join(dir, 'copied')).size / MIB / ((performance.now() - began) / 1000));
}
console.log(JSON.stringify({ way: 'scp of the same file', harvestMiBs: Math.round(median(rates)) }));
await openSsh.end();
await library.end();
await sshd.stop();
rmSync(dir, { recursive: true, force: true });
