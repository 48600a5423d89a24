import { realpath, stat } from 'node:fs/promises';
import { posix, win32 } from 'node:path';
import { SmartScannerError } from '../../shared/errors.ts';
import { nameText, type RelativePath } from '../../shared/names.ts';
import type { ShareTarget } from '../../shared/share-target.ts';

/** What Electron's shell can do, of it only this. */
export interface Opener {
  /** Shows a folder. Gives what went wrong, or ''. */
  openFolder(path: string): Promise<string>;
  /** Shows what contains it, with it marked. Runs nothing. */
  reveal(path: string): void;
  openUrl(url: string): Promise<void>;
}

export interface OpenRequest {
  readonly target: ShareTarget;
  readonly path: RelativePath;
  readonly isDirectory: boolean;
  readonly platform: string;
}

/**
 * Shows a folder or a file of a share in this computer's own file manager: a folder is opened, a file is marked in its folder, never opened or
 * run. OPEN_REFUSED for what lies outside the share, also by a symbolic link, or isn't there.
 */
export async function openHere({ target, path, isDirectory, platform }: OpenRequest, opener: Opener): Promise<void> {
  const names = segmentsOf(path, platform);
  if (target.kind === 'smb') {
    // A file manager shows what ends in a slash; the address of a file might be opened by whatever program it belongs to.
    const shown = isDirectory ? names : names.slice(0, -1);
    await opener.openUrl(`${[target.url, ...shown.map(encodeURIComponent)].join('/')}/`);
    return;
  }
  const paths = platform === 'win32' ? win32 : posix;
  const root = await real(target.root, `${target.root} is not there.`);
  const wanted = await real(paths.join(root, ...names), `${paths.join(target.root, ...names)} is not there.`);
  const inside = root.endsWith(paths.sep) ? root : `${root}${paths.sep}`;
  if (wanted !== root && !wanted.startsWith(inside))
    throw new SmartScannerError('OPEN_REFUSED', `${nameText(path)} leads out of ${target.root} and is not opened.`, {
      hint: 'A link on the share leads elsewhere; open it yourself if you trust it.',
    });
  const isFolder = isDirectory && (await stat(wanted)).isDirectory();
  // On a Mac a folder with an extension may be a program.
  if (!isFolder || (platform === 'darwin' && /\.[^./]+$/u.test(wanted))) {
    opener.reveal(wanted);
    return;
  }
  const problem = await opener.openFolder(wanted);
  if (problem !== '')
    throw new SmartScannerError('OPEN_REFUSED', `${wanted} can't be shown: ${problem}.`, {
      hint: 'Open it in your file manager.',
    });
}

/** Names that are no way anywhere else. */
function segmentsOf(path: RelativePath, platform: string): string[] {
  if (typeof path !== 'string')
    throw new SmartScannerError('OPEN_REFUSED', `The name of ${path.text} is no text, and can't be opened from here.`, {
      hint: 'Copy its path, and look for it on the NAS.',
    });
  const names = path === '' ? [] : path.split('/');
  const isBad = (name: string): boolean =>
    name === '' ||
    name === '.' ||
    name === '..' ||
    name.includes('\0') ||
    (platform === 'win32' && /[\\:*?"<>|]/u.test(name));
  if (names.some(isBad))
    throw new SmartScannerError('OPEN_REFUSED', `${path} can't be a path on this computer.`, {
      hint: 'Copy its path, and look for it on the NAS.',
    });
  return names;
}

async function real(path: string, otherwise: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw new SmartScannerError('OPEN_REFUSED', otherwise, {
      hint: 'Connect the share on this computer, or correct its address in the settings.',
      cause: error,
    });
  }
}
