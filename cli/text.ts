import { nameText, type Name } from '../shared/names.ts';
import { formatCount } from '../shared/units.ts';

/**
 * A name from the NAS for a terminal: control and escape sequences, direction overrides and the like show as what they are. They must never
 * reach the terminal itself.
 */
export function safeText(name: Name): string {
  return nameText(name).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** Keeps the end of a path, which tells more than its start. `width` in characters. */
export function fitPath(text: string, width: number): string {
  const characters = Array.from(text);
  return characters.length <= width
    ? text
    : `…${characters.slice(characters.length - Math.max(1, width - 1)).join('')}`;
}

/** Of a mount point's own entries, or of a path below it. */
export function pathOrMount(name: Name): string {
  return safeText(name) || '(mount point)';
}

/** "1 file", "1,234 files". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** bigints as decimal strings: JSON has no integers beyond 2^53. */
export function toJsonLine(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner));
}
