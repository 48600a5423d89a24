import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { SmartScannerError } from '../../shared/errors.ts';

const FileSchema = v.object({ version: v.literal(1), muted: v.array(v.pipe(v.string(), v.maxLength(1_000))) });
const KEYS_MAX = 1_000;

/** Findings that somebody does not want to hear of, by their keys. What can't be read mutes nothing. */
export async function readMuted(file: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(v.parse(FileSchema, JSON.parse(await readFile(file, 'utf8'))).muted);
  } catch {
    return new Set();
  }
}

/** Throws DATA_DIR where it can't be written. */
export async function setMuted(file: string, key: string, muted: boolean): Promise<void> {
  const keys = new Set(await readMuted(file));
  if (keys.has(key) === muted) return;
  if (muted) keys.add(key);
  else keys.delete(key);
  const draft = `${file}.${process.pid}.new`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(draft, `${JSON.stringify({ version: 1, muted: [...keys].slice(-KEYS_MAX) }, null, 2)}\n`);
    await rename(draft, file);
  } catch (error) {
    throw new SmartScannerError('DATA_DIR', `${file} can't be written: ${String(error)}.`, {
      hint: 'Check the permissions of the data directory and the room on its disk.',
      cause: error,
    });
  }
}
