/** Where a share of the NAS is reached from this computer. */
export type ShareTarget =
  /** A drive, a mounted folder or a UNC path. */
  | { readonly kind: 'local'; readonly root: string }
  /** Without a slash at its end; escaped as a URL. */
  | { readonly kind: 'smb'; readonly url: string };

/** Or a sentence that says what is wrong with what was typed. */
export type ParsedShare =
  { readonly ok: true; readonly value: ShareTarget } | { readonly ok: false; readonly reason: string };

const MOST = 1_024;

/**
 * Reads what a person typed: `smb://tower/Videos`, `\\tower\Videos`, `Z:\`, `/Volumes/Videos`. `platform` as Node names it: drives and
 * UNC paths are Windows', and elsewhere a UNC path is meant as its URL.
 */
export function parseShareTarget(text: string, platform: string): ParsedShare {
  const trimmed = text.trim();
  if (trimmed.length > MOST || /[\0\r\n]/u.test(trimmed)) return { ok: false, reason: 'This is no path.' };
  const unc = /^\\\\([^\\/:]+)\\([^\\/:][^/:]*)$/u.exec(trimmed);
  const asUrl = unc === null ? trimmed : `smb://${unc[1] ?? ''}/${(unc[2] ?? '').replaceAll('\\', '/')}`;
  if (/^smb:\/\//iu.test(asUrl)) return smb(asUrl, platform);
  const isWindows = platform === 'win32';
  const drive = /^[a-z]:(?:[\\/].*)?$/iu.test(trimmed);
  if (isWindows && drive)
    return { ok: true, value: { kind: 'local', root: trimmed.length === 2 ? `${trimmed}\\` : trimmed } };
  if (drive) return { ok: false, reason: 'Drive letters are for Windows: give an smb:// address or a folder here.' };
  if (!isWindows && trimmed.startsWith('/')) return { ok: true, value: { kind: 'local', root: trimmed } };
  return {
    ok: false,
    reason: isWindows
      ? 'Give a drive such as Z:\\ or an address such as \\\\tower\\Videos.'
      : 'Give an address such as smb://tower/Videos, or a folder such as /mnt/videos.',
  };
}

function smb(text: string, platform: string): ParsedShare {
  const [host = '', ...segments] = text
    .slice('smb://'.length)
    .split('/')
    .filter((part) => part !== '');
  let names: string[];
  try {
    names = segments.map((segment) => decodeURIComponent(segment));
  } catch {
    // A percent sign that is one.
    names = segments;
  }
  if (
    !/^[\w.-]+$/u.test(host) ||
    names.length === 0 ||
    names.some((name) => name === '.' || name === '..' || /[\\/?#]/u.test(name))
  )
    return { ok: false, reason: 'Give a server and a share, such as smb://tower/Videos.' };
  if (platform === 'win32') return { ok: true, value: { kind: 'local', root: `\\\\${host}\\${names.join('\\')}` } };
  return { ok: true, value: { kind: 'smb', url: `smb://${host}/${names.map(encodeURIComponent).join('/')}` } };
}

/** By what a share's target is kept: names of mount points may change, and two hosts may have the same path. */
export function shareKey(mount: { readonly hostId: string; readonly path: string }): string {
  return `${mount.hostId}:${mount.path}`;
}
