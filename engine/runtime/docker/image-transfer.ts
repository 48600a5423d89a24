import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type Docker from 'dockerode';
import { SmartScannerError } from '../../../shared/errors.ts';
import { formatBytes } from '../../../shared/units.ts';
import type { ImageFile } from './image-file.ts';
import { readImageFile } from './image-file.ts';
import { daemonWords, within } from './client.ts';
import { contentOf, followProgress, imageStatus, type ImageWish } from './image.ts';

const TRANSFER_MS = 60 * 60_000;
/** A daemon packs for a while before it sends, and unpacks for a while after it has received. */
const SILENCE_MS = 5 * 60_000;
/** Bytes between two lines of progress. */
const STEP_BYTES = 25 * 1024 ** 2;

/** Writes the worker image to a file, whole or not at all; `.gz` or `.tgz` at its end: compressed. Throws IMAGE_FILE. */
export async function exportImage(
  docker: Docker,
  image: string,
  path: string,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const part = `${path}.part`;
  try {
    const stream = await within('GET /images/get', () => docker.getImage(image).get(), {
      deadlineMs: SILENCE_MS,
      signal,
    });
    const counting = counter((bytes) => onProgress(`Read ${formatBytes(bytes)}.`), signal);
    const out = createWriteStream(part);
    const all = AbortSignal.any([signal, AbortSignal.timeout(TRANSFER_MS), counting.silent]);
    await (/\.t?gz$/u.test(path)
      ? pipeline(stream, counting.stream, createGzip(), out, { signal: all })
      : pipeline(stream, counting.stream, out, { signal: all }));
    // What arrived in part is no image: whatever is wrong with it is said here, and not at the NAS.
    await readImageFile(part, signal);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw asInterrupted(signal) ?? cannot(`The image can't be written to ${path}`, error);
  }
}

/** Brings an exported image to a daemon. Nothing is sent where it is of another version, or for other processors. Throws IMAGE_FILE. */
export async function loadImage(
  docker: Docker,
  wish: ImageWish,
  path: string,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const file = await readImageFile(path, signal);
  await judge(docker, wish, path, file, signal);
  try {
    const counting = counter(
      (bytes) => onProgress(`Sent ${formatBytes(bytes)} of ${formatBytes(file.bytes)}.`),
      signal,
    );
    const from = createReadStream(path);
    const sending = pipeline(from, counting.stream, { signal });
    // Heard below; a daemon that refuses ends the reading as well.
    sending.catch(() => undefined);
    try {
      const answer = await within('POST /images/load', () => docker.loadImage(counting.stream), {
        deadlineMs: TRANSFER_MS,
        signal: AbortSignal.any([signal, counting.silent]),
      });
      await followProgress(docker, answer, 'loading the image', () => undefined, TRANSFER_MS, signal);
    } finally {
      from.destroy();
      counting.end();
    }
  } catch (error) {
    throw asInterrupted(signal) ?? cannot(`${path} can't be loaded`, error);
  }
  const { state } = await imageStatus(docker, wish);
  if (state !== 'ready') {
    throw new SmartScannerError(
      'IMAGE_FILE',
      `${path} was loaded, and the daemon still shows no image of this version.`,
      {
        hint: 'Export it again, or let `image prepare` build it.',
      },
    );
  }
}

async function judge(
  docker: Docker,
  { contextRoot }: ImageWish,
  path: string,
  file: ImageFile,
  signal: AbortSignal,
): Promise<void> {
  const content = await contentOf(contextRoot);
  if (file.content !== content.hash) {
    const theirs = file.version === null ? 'another version' : `version ${file.version}`;
    throw new SmartScannerError(
      'IMAGE_FILE',
      `${path} is of ${theirs} of this program (content ${short(file.content)}, wanted is ${short(content.hash)}).`,
      { hint: 'Export it again with this version: `smart-scanner image export FILE`.' },
    );
  }
  const { Arch } = await within('GET /version', () => docker.version(), { signal });
  if (file.architecture !== Arch) {
    throw new SmartScannerError(
      'IMAGE_FILE',
      `${path} is for ${file.architecture} processors, and this host has ${Arch}.`,
      {
        hint: `Export it on a host with ${Arch}, or let \`image prepare\` build it there.`,
      },
    );
  }
}

function short(hash: string): string {
  return hash.slice(0, 12);
}

/** Tells how much passed, and that nothing does any more. */
function counter(
  onStep: (bytes: number) => void,
  signal: AbortSignal,
): { readonly stream: Transform; readonly silent: AbortSignal; end(): void } {
  let bytes = 0;
  let told = 0;
  const quiet = new AbortController();
  const giveUp = (): void =>
    quiet.abort(new SmartScannerError('DEADLINE', `Nothing moved for ${SILENCE_MS / 60_000} minutes.`));
  let timer = setTimeout(giveUp, SILENCE_MS);
  const end = (): void => clearTimeout(timer);
  signal.addEventListener('abort', end, { once: true });
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      clearTimeout(timer);
      timer = setTimeout(giveUp, SILENCE_MS);
      if (bytes - told >= STEP_BYTES) {
        told = bytes;
        onStep(bytes);
      }
      done(null, chunk);
    },
    flush(done) {
      end();
      done();
    },
  });
  stream.once('error', end);
  return { stream, silent: quiet.signal, end };
}

function asInterrupted(signal: AbortSignal): SmartScannerError | null {
  return signal.aborted ? new SmartScannerError('INTERRUPTED', 'Stopped on request.') : null;
}

function cannot(what: string, error: unknown): SmartScannerError {
  if (error instanceof SmartScannerError) return error;
  return new SmartScannerError('IMAGE_FILE', `${what} (${daemonWords(error)}).`, {
    hint: 'Check the path, the free space, and the connection.',
    cause: error,
  });
}
