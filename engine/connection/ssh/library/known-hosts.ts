import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fingerprintOf } from '../host-key.ts';

/** A line of a known_hosts file that speaks of the host. */
interface KnownKey {
  readonly type: string;
  /** As it stands there, base64. */
  readonly key: string;
  readonly revoked: boolean;
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export type HostKeyVerdict =
  | { readonly name: 'known' | 'unknown' }
  /** Of the same type another key is known, or this one was revoked. */
  | { readonly name: 'changed'; readonly old: string; readonly file: string; readonly line: number };

/** What the files know of a host by any of its names (`[name]:port` where the port is not 22). */
export class KnownHostKeys {
  readonly #keys: readonly KnownKey[];
  /** The file in which an authority is trusted to say which key the host has; null: none is. */
  readonly authority: string | null;

  constructor(keys: readonly KnownKey[], authority: string | null = null) {
    this.#keys = keys;
    this.authority = authority;
  }

  static async read(files: readonly string[], name: string): Promise<KnownHostKeys> {
    const keys: KnownKey[] = [];
    let authority: string | null = null;
    for (const file of files) {
      const text = await readFile(file, 'utf8').catch(() => '');
      for (const { marker, ...key } of linesOf(text, file, name)) {
        if (marker === AUTHORITY) authority ??= file;
        else keys.push({ ...key, revoked: marker === '@revoked' });
      }
    }
    return new KnownHostKeys(keys, authority);
  }

  /** Asked for first, as OpenSSH does: a server has keys of several types, and only one may be known. */
  get algorithms(): string[] {
    const types = new Set(this.#keys.filter(({ revoked }) => !revoked).map(({ type }) => type));
    return [...types].flatMap((type) => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type]));
  }

  /** `key`: as the server sent it. */
  judge(key: Buffer): HostKeyVerdict {
    const shown = key.toString('base64');
    const type = keyType(key);
    const revoked = this.#keys.find((known) => known.revoked && known.key === shown);
    if (revoked !== undefined) return changed(revoked);
    const valid = this.#keys.filter((known) => !known.revoked);
    if (valid.some((known) => known.key === shown)) return { name: 'known' };
    const other = valid.find((known) => known.type === type);
    return other === undefined ? { name: 'unknown' } : changed(other);
  }
}

/** How known_hosts calls it. */
export function knownName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/** ssh-ed25519 and the like: a key begins with its type. */
export function keyType(key: Buffer): string {
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

function changed({ text, file, line }: KnownKey): HostKeyVerdict {
  const found = fingerprintOf(text);
  return { name: 'changed', old: found === null ? 'another' : `${found.type} ${found.fingerprint}`, file, line };
}

interface MarkedKey extends Omit<KnownKey, 'revoked'> {
  /** As it stands first in the line; null: nothing. */
  readonly marker: string | null;
}

/** The library can't check certificates of hosts: such a line says only that there is one. */
const AUTHORITY = '@cert-authority';

function linesOf(text: string, file: string, name: string): MarkedKey[] {
  return text.split('\n').flatMap((line, index) => {
    const fields = line.trim().split(/\s+/u);
    const marker = fields[0]?.startsWith('@') === true ? (fields.shift() ?? null) : null;
    const [names, type, key] = fields;
    if (names === undefined || type === undefined || key === undefined || names.startsWith('#')) return [];
    return speaksOf(names, name) ? [{ marker, type, key, file, line: index + 1, text: line }] : [];
  });
}

function speaksOf(names: string, name: string): boolean {
  const hashed = /^\|1\|([^|]+)\|(.+)$/u.exec(names);
  if (hashed !== null) {
    const [, salt = '', hash = ''] = hashed;
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
  }
  let found = false;
  for (const pattern of names.toLowerCase().split(',')) {
    if (pattern.startsWith('!')) {
      if (isLike(pattern.slice(1), name)) return false;
    } else found ||= isLike(pattern, name);
  }
  return found;
}

function isLike(pattern: string, name: string): boolean {
  if (!/[*?]/u.test(pattern)) return pattern === name;
  const like = pattern
    .replaceAll(/[.+^${}()|[\]\\]/gu, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${like}$`, 'u').test(name);
}
