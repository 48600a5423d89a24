import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Sshd } from './sshd.ts';

export interface PasswordLogin {
  readonly password: string;
  /** Of root there; keys that are let in stand in its `.ssh/authorized_keys`. */
  readonly home: string;
  /** What else lies elsewhere there: `[from, to]`. */
  readonly binds?: readonly (readonly [string, string])[];
}

/** Starts a server that lets root in by a password. Only in its own mount namespace: nobody's password and home change. */
export async function startWithPassword(sshd: Sshd, { password, home, binds = [] }: PasswordLogin): Promise<void> {
  mkdirSync(home, { recursive: true });
  const hash = execFileSync('openssl', ['passwd', '-6', password], { encoding: 'utf8' }).trim();
  const shadow = readFileSync('/etc/shadow', 'utf8').replace(/^root:[^:]*:/m, () => `root:${hash}:`);
  writeFileSync(sshd.at('shadow'), shadow, { mode: 0o600 });
  writeFileSync(
    sshd.at('passwd'),
    readFileSync('/etc/passwd', 'utf8').replace(
      /^(root:.*:)[^:]*(:[^:]*)$/m,
      (_all, before: string, shell: string) => `${before}${home}${shell}`,
    ),
  );
  const all = [[sshd.at('shadow'), '/etc/shadow'], [sshd.at('passwd'), '/etc/passwd'], ...binds];
  await sshd.start({
    config: ['PermitRootLogin yes', 'AllowStreamLocalForwarding yes'],
    asDefault: ['AuthorizedKeysFile .ssh/authorized_keys', 'PasswordAuthentication yes'],
    before: all.map(([from, to]) => `mount --bind '${from}' ${to}`).join('; '),
  });
}
