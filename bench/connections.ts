import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
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
import { unpackShard } from '../engine/catalog/unpack-shard.ts';
import { packShard } from '../worker/pack-shard.ts';
import { makePlainTree } from '../test/fixtures/plain-tree.ts';
import { cli, startCli } from '../test/support/cli.ts';
import { Sshd } from '../test/support/sshd.ts';
import { workerOf } from './worker-job.ts';

// node scripts/run.mjs bench/connections.ts unix:///run/docker.sock IMAGE [DIRECTORY]
// Ping and harvest by each way to one daemon, over an sshd of its own on loopback; `scp` of the same shard beside it. The shard is what a worker
// writes of DIRECTORY (default: /usr). Prints JSON lines: `harvestMiBs` counts the shard's own bytes, from asking for it to its being whole and
// hashed here; `rawMiBs` the same without compression.
const [address = '', image = '', scanned = '/usr'] = process.argv.slice(2);
const PINGS = 200;
const MIB = 1024 * 1024;
/** Small shards are taken several times over: it is the throughput that is asked for. */
const FILE_BYTES = 64 * MIB;
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
const library = await new LibraryClient(endpoint, ACCEPT_NONE, new Secrets()).connect(signal);
const ways: [string, Dial][] = [
  ['unix', { kind: 'socket', path: socket }],
  ['OpenSSH', (await openSsh.forward(socket)).dial],
  ['library', (await library.forward(socket)).dial],
  ['OpenSSH dial-stdio', sessionsDial(openSsh, socket, null)],
  ['library dial-stdio', sessionsDial(library, socket, null)],
];
const one = readFileSync(shardOf(scanned));
const shard = Buffer.concat(Array.from({ length: Math.ceil(FILE_BYTES / one.length) }, () => one));
writeFileSync(join(dir, 'shard.db'), shard);
const packingBegan = performance.now();
const { packedBytes } = await packShard(join(dir, 'shard.db'), join(dir, 'shard.db.zst'));
console.log(
  JSON.stringify({
    shardBytes: shard.length,
    packedBytes,
    packMiBs: Math.round(shard.length / MIB / ((performance.now() - packingBegan) / 1000)),
  }),
);
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
  for (const name of ['shard.db', 'shard.db.zst']) tar.entry({ name }, readFileSync(join(dir, name)));
  tar.finalize();
  await container.putArchive(Readable.from(tar), { path: '/tmp' });
  const rates: number[] = [];
  const rawRates: number[] = [];
  const rate = (began: number): number => shard.length / MIB / ((performance.now() - began) / 1000);
  for (let i = 0; i < ROUNDS; i += 1) {
    const began = performance.now();
    await getFile(container, '/tmp/shard.db.zst', 'fetched', dir);
    unpackShard(join(dir, 'fetched'), join(dir, 'unpacked'));
    rates.push(rate(began));
    const rawBegan = performance.now();
    await getFile(container, '/tmp/shard.db', 'fetched', dir);
    createHash('sha256')
      .update(readFileSync(join(dir, 'fetched')))
      .digest('hex');
    rawRates.push(rate(rawBegan));
  }
  await container.remove({ force: true });
  const pingMs = Number(median(pings).toFixed(2));
  console.log(
    JSON.stringify({ way, pingMs, harvestMiBs: Math.round(median(rates)), rawMiBs: Math.round(median(rawRates)) }),
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
console.log(JSON.stringify({ way: 'scp of the same shard', harvestMiBs: Math.round(median(rates)) }));
await openSsh.end();
await library.end();
// From the command to the first chunk that runs, the image in place.
const tree = makePlainTree(join(dir, 'tree'), 20, 10);
const env = { SMART_SCANNER_BASE_IMAGE: image, PATH: sshd.env['PATH'] ?? '' };
await cli(['image', 'prepare', '--host', address, '--data-dir', join(dir, 'none')], { env, deadlineMs: 300_000 });
for (const client of ['openssh', 'library']) {
  const seconds: number[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    const began = performance.now();
    const args = ['scan', tree, 'M', '--host', endpoint.address, '--data-dir', join(dir, `${client}-${i}`)];
    const scan = startCli(args, { env: { ...env, SMART_SCANNER_SSH: client } });
    await scan.said(' starts: ');
    seconds.push((performance.now() - began) / 1000);
    await scan.done;
  }
  console.log(JSON.stringify({ way: client, firstChunkSeconds: Number(median(seconds).toFixed(2)) }));
}
await sshd.stop();
rmSync(dir, { recursive: true, force: true });

/** What a worker writes of this directory. Gives the path of the shard. */
function shardOf(mount: string): string {
  const spool = join(dir, 'spool');
  const [program, ...args] = workerOf(mount, spool);
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  return join(spool, 'shard.db');
}
