// A bundle is made in the process that also answers the window: large logs and plans are redacted and packed with pauses in between.
import { Zip, ZipDeflate, strToU8 } from 'fflate';

const SLICE_CHARACTERS = 64 * 1024;
const SLICE_BYTES = 256 * 1024;
/** An event of a log, ours or the original's: what stands in the lines below belongs to it. */
const EVENT = /\n(?=\d{4}-\d\d-\d\d[T ])/gu;
/** Between two pauses, milliseconds. */
const TURN_MS = 10;

function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Long text in parts: each begins with an event, and none ends within a key. Together they are the text. */
export function* slicesOf(text: string): Generator<string> {
  let from = 0;
  let to = 0;
  while (from < text.length) {
    do {
      EVENT.lastIndex = Math.max(from, to) + SLICE_CHARACTERS;
      to = (EVENT.exec(text)?.index ?? text.length - 1) + 1;
    } while (to < text.length && isInKey(text.slice(from, to)));
    yield text.slice(from, to);
    from = to;
  }
}

function isInKey(text: string): boolean {
  return text.lastIndexOf('-----BEGIN ') > text.lastIndexOf('-----END ');
}

export async function redactLog(text: string, redact: (text: string) => string): Promise<string> {
  const parts: string[] = [];
  for (const slice of slicesOf(text)) {
    parts.push(redact(slice));
    await pause();
  }
  return parts.join('');
}

/** As JSON.stringify with a replacer. */
export async function stringify(
  value: object,
  replacer: (key: string, value: unknown) => unknown,
  space: number,
): Promise<string> {
  const plain: Record<string, unknown> = {};
  let since = performance.now();
  for (const [key, inner] of Object.entries(value) as [string, unknown][]) {
    const replaced = replacer(key, inner);
    if (!Array.isArray(replaced)) {
      Object.assign(plain, copied({ [key]: inner }, replacer));
      continue;
    }
    const list: unknown[] = [];
    for (const one of replaced) {
      list.push(...(copied([one], replacer) as unknown[]));
      if (performance.now() - since < TURN_MS) continue;
      await pause();
      since = performance.now();
    }
    plain[key] = list;
  }
  return JSON.stringify(plain, null, space);
}

function copied(value: object, replacer: (key: string, value: unknown) => unknown): unknown {
  return JSON.parse(JSON.stringify(value, replacer));
}

export async function zipped(files: readonly { readonly name: string; readonly text: string }[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const failures: Error[] = [];
  const zip = new Zip((error, data) => {
    if (error === null) parts.push(data);
    else failures.push(error);
  });
  for (const { name, text } of files) {
    const entry = new ZipDeflate(name);
    zip.add(entry);
    const bytes = strToU8(text);
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
      entry.push(bytes.subarray(at, at + SLICE_BYTES));
      await pause();
    }
    entry.push(new Uint8Array(0), true);
  }
  zip.end();
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  return Buffer.concat(parts);
}
