import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import type { Container } from 'dockerode';
import { extract, pack } from 'tar-stream';
import { SmartScannerError } from '../../../shared/errors.ts';
import { unless, within } from './client.ts';

/** A shard of gigabytes over a slow link takes a while; a stream that stands still does not get this long. */
const SILENCE_MS = 60_000;

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

/** Hands the first file of the archive to `use`. */
async function readArchive<T>(
  container: Container,
  path: string,
  use: (entry: AsyncIterable<Buffer>) => Promise<T>,
): Promise<T | null> {
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
  stream.on('data', () => {
    clearTimeout(timer);
    timer = setTimeout(silent, SILENCE_MS);
  });
  stream.on('error', (error: Error) => untar.destroy(error));
  stream.pipe(untar);
  let found: { readonly value: T } | null = null;
  try {
    for await (const entry of untar) {
      if (found === null && entry.header.type === 'file') found = { value: await use(entry as AsyncIterable<Buffer>) };
      else entry.resume();
    }
  } finally {
    clearTimeout(timer);
  }
  return found === null ? null : found.value;
}
