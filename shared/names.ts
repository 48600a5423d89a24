import * as v from 'valibot';

/**
 * File names are bytes. Where they are valid UTF-8 they travel as text, else as base64 with an escaped text beside
 * them for people (each invalid byte as \xNN). Paths are relative to the mount point, joined with `/`, and never
 * start or end with one; the mount point itself is the empty string. A whole path is bytes as soon as one of its
 * names is.
 */
export const BytesNameSchema = v.object({ b64: v.string(), text: v.string() });
export const NameSchema = v.union([v.string(), BytesNameSchema]);
export type Name = v.InferOutput<typeof NameSchema>;
export type RelativePath = Name;

/** What a person reads; not unique and not for opening files. */
export function nameText(name: Name): string {
  return typeof name === 'string' ? name : name.text;
}

/** A key that is equal exactly where the bytes are equal. */
export function nameKey(name: Name): string {
  return typeof name === 'string' ? `t${name}` : `b${name.b64}`;
}

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The Name of these bytes. */
export function nameFromBytes(bytes: Uint8Array): Name {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return { b64: bytesToBase64(bytes), text: escapeBytes(bytes) };
  }
}

export function nameToBytes(name: Name): Uint8Array {
  return typeof name === 'string' ? encoder.encode(name) : base64ToBytes(name.b64);
}

/** Joins two relative paths, or a path and a name. */
export function joinPath(parent: RelativePath, name: Name): RelativePath {
  if (parent === '') return name;
  if (name === '') return parent;
  if (typeof parent === 'string' && typeof name === 'string') return `${parent}/${name}`;
  const left = nameToBytes(parent);
  const right = nameToBytes(name);
  const joined = new Uint8Array(left.length + 1 + right.length);
  joined.set(left, 0);
  joined[left.length] = 0x2f;
  joined.set(right, left.length + 1);
  return nameFromBytes(joined);
}

/** Valid UTF-8 stays, every other byte becomes \xNN, so that no two names look alike that differ in such bytes. */
export function escapeBytes(bytes: Uint8Array): string {
  let text = '';
  let index = 0;
  while (index < bytes.length) {
    const length = sequenceLength(bytes[index] ?? 0);
    const slice = bytes.subarray(index, index + length);
    const decoded = slice.length === length ? tryDecode(slice) : undefined;
    if (decoded === undefined) {
      text += `\\x${(bytes[index] ?? 0).toString(16).padStart(2, '0')}`;
      index += 1;
    } else {
      text += decoded;
      index += length;
    }
  }
  return text;
}

function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return 2;
}

function tryDecode(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function bytesToBase64(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out += BASE64.charAt(group >> 18) + BASE64.charAt((group >> 12) & 63);
    out += left > 1 ? BASE64.charAt((group >> 6) & 63) : '=';
    out += left > 2 ? BASE64.charAt(group & 63) : '=';
  }
  return out;
}

function base64ToBytes(text: string): Uint8Array {
  const clean = text.replace(/=+$/, '');
  const out = new Uint8Array(Math.floor((clean.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const character of clean) {
    const value = BASE64.indexOf(character);
    if (value < 0) throw new Error(`Not base64: ${text}`);
    bits = (bits << 6) | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out[at] = (bits >> held) & 0xff;
      at += 1;
    }
  }
  return out;
}
