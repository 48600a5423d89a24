import { nameFromBytes, nameText, nameToBytes, type Name, type RelativePath } from '../../shared/names.ts';

const SLASH = 0x2f;

/** The names of a path, each with the path that leads to it. Cut as bytes: a name may be anything. */
export function crumbs(path: RelativePath): { readonly name: Name; readonly path: RelativePath }[] {
  const bytes = nameToBytes(path);
  const found: { name: Name; path: RelativePath }[] = [];
  for (let start = 0; start < bytes.length;) {
    const slash = bytes.indexOf(SLASH, start);
    const end = slash < 0 ? bytes.length : slash;
    found.push({ name: nameFromBytes(bytes.subarray(start, end)), path: nameFromBytes(bytes.subarray(0, end)) });
    start = end + 1;
  }
  return found;
}

/** A name for a mount point, from its path: what people call a share. */
export function nameForMount(path: string): string {
  return path.split(/[/\\]/).findLast((part) => part !== '') ?? '';
}

/** The directory above, or null at the top. */
export function parentOf(path: string): string | null {
  const trimmed = path.length > 1 ? path.replace(/\/+$/u, '') : path;
  if (trimmed === '/' || trimmed === '') return null;
  const cut = trimmed.lastIndexOf('/');
  return cut <= 0 ? '/' : trimmed.slice(0, cut);
}

/** A directory in a directory. */
export function below(path: string, name: string): string {
  return path.endsWith('/') ? `${path}${name}` : `${path}/${name}`;
}

const PICTURES = 0x2400;
const DELETE = 0x7f;

/** A name as it is shown: characters that would break a line or turn the order of others around are visible themselves. */
export function shown(name: Name): string {
  return nameText(name).replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(PICTURES + code);
    if (code === DELETE) return '\u2421';
    return `\\u{${code.toString(16)}}`;
  });
}

/** The whole path on the host. */
export function wholePath(mountPath: string, path: RelativePath): string {
  const below = nameText(path);
  return below === '' ? mountPath : `${mountPath.replace(/\/$/u, '')}/${below}`;
}

/** The last name of a path, and what leads to it. */
export function lastName(path: RelativePath): { readonly name: Name; readonly parent: RelativePath } {
  const all = crumbs(path);
  return { name: all.at(-1)?.name ?? '', parent: all.at(-2)?.path ?? '' };
}
