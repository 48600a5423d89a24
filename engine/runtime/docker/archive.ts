import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Readable } from 'node:stream';
import type { Container } from 'dockerode';
import { extract, pack } from 'tar-stream';
import { SmartScannerError } from '../../../shared/errors.ts';
import { unless, within } from './client.ts';

/** A shard of gigabytes over a slow link takes a while; a stream that stands still does not get this long. */
const SILENCE_MS = 60_000;
/** An answer that was cut short is asked for again. */
const CUT_TRIES = 3;
const CUT_WAIT_MS = 300;

/** Puts one small file into a directory of a container (a writable volume: nothing else takes it under a read-only root). */
export async function putFile(container: Container, dir: string, name: string, content: string): Promise<void> {
  const tar = pack();
  tar.entry({ name, mode: 0o600 }, content);
  tar.finalize();
  await within(`putting ${name}`, (abortSignal) =>
    container.putArchive(Readable.from(tar), { path: dir, abortSignal }),
  );
}

/** Brings one file out of a container. null where it isn't there. */
export async function getFile(
  container: Container,
  path: string,
  name: string,
  intoDir: string,
): Promise<{ path: string; bytes: number } | null> {
  const to = join(intoDir, name);
  const bytes = await readArchive(container, path, async (entry) => {
    const file = createWriteStream(to);
    await pipeline(entry, file);
    return file.bytesWritten;
  });
  return bytes === null ? null : { path: to, bytes };
}

/** The text of a small file in a container, null where it isn't there. */
export async function readText(container: Container, path: string): Promise<string | null> {
  return await readArchive(container, path, async (entry) => {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  });
}

/** Hands the first file of the archive to `use`, which may be called again. null where there is no such file. */
async function readArchive<T>(
  container: Container,
  path: string,
  use: (entry: AsyncIterable<Buffer>) => Promise<T>,
): Promise<T | null> {
  for (let tries = 1; ; tries += 1) {
    const read = await readOnce(container, path, use);
    if (read !== 'cut') return read;
    if (tries === CUT_TRIES)
      throw new SmartScannerError('SPOOL', `Docker's answer for ${path} ended before its end, ${tries} times.`);
    await delay(CUT_WAIT_MS);
  }
}

/**
 * `cut`: the answer ended in order, but without a whole archive in it. A daemon that fails while it sends one can't say so any more: that what
 * was asked for is not there is said by 404 alone.
 */
async function readOnce<T>(
  container: Container,
  path: string,
  use: (entry: AsyncIterable<Buffer>) => Promise<T>,
): Promise<T | null | 'cut'> {
  const stream = await unless(
    [404],
    within(`getting ${path}`, (abortSignal) => container.getArchive({ path, abortSignal })),
  );
  if (stream === undefined) return null;
  const untar = extract();
  const silent = (): void => {
    untar.destroy(new SmartScannerError('DEADLINE', `Docker sent nothing of ${path} for ${SILENCE_MS / 1000} s.`));
  };
  let timer = setTimeout(silent, SILENCE_MS);
  const seen = { end: false };
  stream.on('data', () => {
    clearTimeout(timer);
    timer = setTimeout(silent, SILENCE_MS);
  });
  stream.on('end', () => (seen.end = true));
  stream.on('error', (error: Error) => untar.destroy(error));
  stream.pipe(untar);
  let found: { readonly value: T } | null = null;
  let entries = 0;
  try {
    for await (const entry of untar) {
      entries += 1;
      if (found === null && entry.header.type === 'file') found = { value: await use(entry as AsyncIterable<Buffer>) };
      else entry.resume();
    }
  } catch (error) {
    if (seen.end && isCut(error)) return 'cut';
    throw error;
  } finally {
    clearTimeout(timer);
  }
  if (entries === 0) return 'cut';
  return found === null ? null : found.value;
}

/** What the reader of archives says of one that is not whole. */
function isCut(error: unknown): boolean {
  return error instanceof Error && /unexpected end of data|premature/iu.test(error.message);
}
