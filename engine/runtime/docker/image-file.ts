import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import * as v from 'valibot';
import { SmartScannerError } from '../../../shared/errors.ts';
import { CONTENT_LABEL, VERSION_LABEL } from './labels.ts';

/** What a file of an exported image says of itself. */
export interface ImageFile {
  readonly bytes: number;
  /** Hash of the program in it. */
  readonly content: string;
  /** null: of a build before versions were noted. */
  readonly version: string | null;
  /** As Docker names processors: amd64, arm64. */
  readonly architecture: string;
}

/** Manifests and configurations are some kilobytes; layers are not read. */
const MOST_JSON_BYTES = 1024 ** 2;
const ManifestSchema = v.pipe(v.array(v.object({ Config: v.string() })), v.minLength(1));
const ConfigSchema = v.object({
  architecture: v.string(),
  config: v.object({ Labels: v.nullish(v.record(v.string(), v.string())) }),
});

/** Reads what `docker save` wrote, gzipped or not. Throws IMAGE_FILE where it is none of ours. */
export async function readImageFile(path: string, signal: AbortSignal): Promise<ImageFile> {
  try {
    const { size } = await stat(path);
    const texts = await smallFiles(path, signal);
    const [manifest] = v.parse(ManifestSchema, JSON.parse(texts.get('manifest.json') ?? 'null'));
    const { architecture, config } = v.parse(ConfigSchema, JSON.parse(texts.get(manifest?.Config ?? '') ?? 'null'));
    const content = config.Labels?.[CONTENT_LABEL];
    if (content === undefined) {
      throw new SmartScannerError('IMAGE_FILE', `${path} holds an image of somebody else.`, { hint: HINT });
    }
    return { bytes: size, content, architecture, version: config.Labels?.[VERSION_LABEL] ?? null };
  } catch (error) {
    if (error instanceof SmartScannerError || signal.aborted) throw error;
    const words = error instanceof v.ValiError ? 'it is no exported image' : messageOf(error);
    throw new SmartScannerError('IMAGE_FILE', `${path} can't be loaded (${words}).`, { hint: HINT, cause: error });
  }
}

const HINT =
  'Make it with `smart-scanner image export FILE` where Docker reaches the internet, with this version of the program.';

async function smallFiles(path: string, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  const untar = extract();
  const reading = (async (): Promise<void> => {
    for await (const entry of untar) {
      const { name, type, size } = entry.header;
      if (type !== 'file' || size > MOST_JSON_BYTES) {
        entry.resume();
        continue;
      }
      const chunks: Buffer[] = [];
      for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
      texts.set(name.replace(/^\.\//u, ''), Buffer.concat(chunks).toString());
    }
  })();
  const file = createReadStream(path);
  const sending = (await isGzipped(path))
    ? pipeline(file, createGunzip(), untar, { signal })
    : pipeline(file, untar, { signal });
  await Promise.all([reading, sending]);
  return texts;
}

async function isGzipped(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
