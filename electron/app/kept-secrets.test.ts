import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import { KeptSecrets, type Cipher } from './kept-secrets.ts';

const KEY = { kind: 'ssh-key', path: '/home/me/.ssh/id' } as const;
const OTHER = { kind: 'tls-key', path: '/home/me/.docker/key.pem' } as const;

/** The key store of one user, at the socket of the system. */
function cipherOf(user: string): Cipher {
  return {
    encryptString: (text) => Buffer.from(`${user}:${Buffer.from(text).toString('hex')}`),
    decryptString: (locked) => {
      const [whose, text = ''] = locked.toString().split(':');
      if (whose !== user) throw new Error('Another key store.');
      return Buffer.from(text, 'hex').toString();
    },
  };
}

it('keeps passphrases locked, for the same user only, and asks again where the file is damaged', async () => {
  const path = join(temporaryDirectory(), 'user', 'secrets.json');
  const mine = new KeptSecrets(path, cipherOf('me'));
  expect(await mine.read(KEY)).toBeNull();
  await Promise.all([mine.keep(KEY, 'open sesame'), mine.keep(OTHER, 'another')]);
  expect(readFileSync(path, 'utf8')).not.toContain('open sesame');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const later = new KeptSecrets(path, cipherOf('me'));
  expect([await later.read(KEY), await later.read(OTHER)]).toEqual(['open sesame', 'another']);
  expect(await new KeptSecrets(path, cipherOf('you')).read(KEY)).toBeNull();
  await later.forget(KEY);
  expect([await mine.read(KEY), await mine.read(OTHER)]).toEqual([null, 'another']);
  writeFileSync(path, '{"ver');
  expect(await mine.read(OTHER)).toBeNull();
  await mine.keep(KEY, 'again');
  expect(await later.read(KEY)).toBe('again');
});
