import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Name } from '../../shared/names.ts';
import { parseShareTarget, type ShareTarget } from '../../shared/share-target.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import { openHere } from './open-here.ts';

async function open(target: ShareTarget, path: Name, isDirectory: boolean, platform = 'linux'): Promise<string> {
  let did = '';
  const opener = {
    openFolder: (folder: string) => {
      did = `open ${folder}`;
      return Promise.resolve('');
    },
    reveal: (file: string) => {
      did = `reveal ${file}`;
    },
    openUrl: (url: string) => {
      did = `url ${url}`;
      return Promise.resolve();
    },
  };
  await openHere({ target, path, isDirectory, platform }, opener);
  return did;
}

function share(): { root: string; target: ShareTarget } {
  const root = join(realpathSync(temporaryDirectory()), 'share');
  mkdirSync(join(root, 'Films', 'A.app'), { recursive: true });
  writeFileSync(join(root, 'Films', 'run.sh'), '');
  writeFileSync(join(root, '..', 'outside.sh'), '');
  mkdirSync(join(root, '..', 'share2'));
  symlinkSync(join(root, '..', 'share2'), join(root, 'away'));
  symlinkSync(join(root, 'Films'), join(root, 'inside'));
  return { root, target: { kind: 'local', root } };
}

describe('a share that is mapped', () => {
  it('shows folders, and marks files without ever opening one', async () => {
    const { root, target } = share();
    expect(await open(target, 'Films', true)).toBe(`open ${root}/Films`);
    expect(await open(target, '', true)).toBe(`open ${root}`);
    expect(await open(target, 'Films/run.sh', false)).toBe(`reveal ${root}/Films/run.sh`);
    // The catalog says folder, but it became a file since.
    expect(await open(target, 'Films/run.sh', true)).toBe(`reveal ${root}/Films/run.sh`);
    expect(await open(target, 'inside', true)).toBe(`open ${root}/Films`);
    // A program on a Mac.
    expect(await open(target, 'Films/A.app', true, 'darwin')).toBe(`reveal ${root}/Films/A.app`);
  });

  it('is never left, neither by a name nor by a link', async () => {
    const { target } = share();
    for (const [path, isDirectory] of [
      ['../outside.sh', false],
      ['Films/../../outside.sh', false],
      ['away', true],
      ['Films//run.sh', false],
      ['./Films', true],
      [{ b64: '/w==', text: '\\xff' }, false],
    ] as const)
      await expect(open(target, path, isDirectory)).rejects.toMatchObject({ code: 'OPEN_REFUSED' });
    await expect(open(target, 'Films/gone', true)).rejects.toThrow('is not there');
    await expect(open({ kind: 'local', root: '/nonexistent' }, '', true)).rejects.toThrow('/nonexistent is not there');
    await expect(open({ kind: 'local', root: 'Z:\\' }, 'a:b', true, 'win32')).rejects.toThrow("can't be a path");
  });

  it('by its address shows folders only, with every name as one', async () => {
    const target: ShareTarget = { kind: 'smb', url: 'smb://tower/Videos' };
    expect(await open(target, 'A & B/c#?.mkv', false)).toBe('url smb://tower/Videos/A%20%26%20B/');
    expect(await open(target, '100%/x', true)).toBe('url smb://tower/Videos/100%25/x/');
    expect(await open(target, '', true)).toBe('url smb://tower/Videos/');
    await expect(open(target, '../Other', true)).rejects.toMatchObject({ code: 'OPEN_REFUSED' });
  });
});

describe('where a share is', () => {
  it.each([
    ['smb://tower/Videos', 'linux', { kind: 'smb', url: 'smb://tower/Videos' }],
    ['smb://tower/My%20Videos/', 'darwin', { kind: 'smb', url: 'smb://tower/My%20Videos' }],
    ['\\\\tower\\Videos', 'linux', { kind: 'smb', url: 'smb://tower/Videos' }],
    ['smb://tower/My Videos', 'win32', { kind: 'local', root: '\\\\tower\\My Videos' }],
    ['Z:', 'win32', { kind: 'local', root: 'Z:\\' }],
    [' /Volumes/Videos ', 'darwin', { kind: 'local', root: '/Volumes/Videos' }],
  ])('%s on %s is understood', (text, platform, value) => {
    expect(parseShareTarget(text, platform)).toEqual({ ok: true, value });
  });

  it.each([
    ['Z:\\', 'linux'],
    ['videos', 'linux'],
    ['smb://tower', 'linux'],
    ['smb://tower/..', 'linux'],
    ['smb://user@tower/x', 'linux'],
    ['http://tower/x', 'win32'],
    ['file:///etc', 'linux'],
    ['/mnt/x', 'win32'],
  ])('%s on %s is refused with a reason', (text, platform) => {
    expect(parseShareTarget(text, platform)).toMatchObject({ ok: false });
  });
});
