import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import { MadeDirectories } from './made-directories.ts';

const base = temporaryDirectory();

describe('a data directory that can not be made', () => {
  it.runIf(existsSync('/proc/self'))('ends with a sentence where the system refuses with ENOENT (/proc)', async () => {
    const making = new MadeDirectories().make('/proc/smart-scanner/spool/process');
    await expect(making).rejects.toMatchObject({
      code: 'DATA_DIR',
      message: expect.stringContaining("made: /proc can't be written (E") as string,
    });
  });

  it.each([
    ['below a file', join(base, 'file', 'a', 'b'), 'ENOTDIR: not a directory'],
    ['where a file is', join(base, 'file'), 'EEXIST: file already exists'],
  ])('%s names the file and the cause', async (_name, path, cause) => {
    writeFileSync(join(base, 'file'), '');
    await expect(new MadeDirectories().make(path)).rejects.toThrow(
      `: ${join(base, 'file')} can't be written (${cause}).`,
    );
  });
});

it('takes back what it made and nothing that was there', async () => {
  const directories = new MadeDirectories();
  await directories.make(join(base, 'x', 'y', 'z'));
  expect(existsSync(join(base, 'x', 'y', 'z'))).toBe(true);
  await directories.make(base);
  await directories.takeBack();
  expect({ made: existsSync(join(base, 'x')), before: existsSync(base) }).toEqual({ made: false, before: true });
});

it('takes nothing back that is in use, nor of what something came', async () => {
  const directories = new MadeDirectories();
  await directories.make(join(base, 'data', 'spool'));
  writeFileSync(join(base, 'data', 'catalog'), '');
  await directories.takeBack();
  expect([existsSync(join(base, 'data', 'spool')), existsSync(join(base, 'data'))]).toEqual([false, true]);
  await directories.make(join(base, 'data', 'spool'));
  directories.keep();
  await directories.takeBack();
  expect(existsSync(join(base, 'data', 'spool'))).toBe(true);
});
