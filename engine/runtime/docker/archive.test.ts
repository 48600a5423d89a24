import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Docker, { type Container } from 'dockerode';
import { pack } from 'tar-stream';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../../../test/support/temporary.ts';
import { getFile, readText } from './archive.ts';

const TEXT = 'what the worker left\n'.repeat(500);

async function archiveOf(text: string): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name: 'result.json' }, text);
  tar.finalize();
  const parts: Buffer[] = [];
  for await (const part of tar) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

type Answer = (to: ServerResponse) => Promise<void> | void;

/** A container of a daemon that gives these answers, one after the other; the last one for good. */
async function containerThat(...answers: Answer[]): Promise<Container> {
  const socketPath = join(temporaryDirectory(), 'docker.sock');
  const server = createServer((_asked, to) => void (answers.length > 1 ? answers.shift() : answers[0])?.(to));
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(() => void server.close());
  return new Docker({ socketPath }).getContainer('worker');
}

const gives =
  (body: Buffer, size = body.length): Answer =>
  async (to) => {
    to.writeHead(200, { 'content-type': 'application/x-tar' });
    for (let at = 0; at < body.length; at += size) {
      to.write(body.subarray(at, at + size));
      await delay(1);
    }
    to.end();
  };
const missing: Answer = (to) => {
  to.writeHead(404, { 'content-type': 'application/json' });
  to.end('{"message":"Could not find the file"}');
};
const get = (container: Container): ReturnType<typeof getFile> =>
  getFile(container, '/spool/result.json', 'result.json', temporaryDirectory());

it('a file comes out whole, in whatever pieces its archive comes', async () => {
  const archive = await archiveOf(TEXT);
  for (const size of [7, 511, 513, archive.length]) {
    const file = await get(await containerThat(gives(archive, size)));
    expect(file?.bytes).toBe(TEXT.length);
    expect(readFileSync(file?.path ?? '', 'utf8')).toBe(TEXT);
  }
});

it('only the daemon’s own word makes a file missing: an answer that ends too early is asked for again', async () => {
  const archive = await archiveOf(TEXT);
  expect(await get(await containerThat(missing))).toBeNull();
  for (const length of [0, 100, 512, 3_000]) {
    const cut = gives(archive.subarray(0, length));
    const file = await get(await containerThat(cut, cut, gives(archive)));
    expect(readFileSync(file?.path ?? '', 'utf8')).toBe(TEXT);
    expect(await readText(await containerThat(cut, gives(archive)), '/spool/result.json')).toBe(TEXT);
  }
});

it('one that never comes whole is an error, not a file that is missing', async () => {
  await expect(get(await containerThat(gives(Buffer.alloc(0))))).rejects.toMatchObject({
    code: 'SPOOL',
    message: "Docker's answer for /spool/result.json ended before its end, 3 times.",
  });
});
