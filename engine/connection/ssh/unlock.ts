import { wrongSecret, type SecretQuestion, type Secrets } from '../secrets.ts';
import { answerOnce } from './askpass.ts';
import { lockedKey } from './failure.ts';

/** How ssh is started so that it finds out what a key's passphrase is. */
export interface Unlocking {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** As ssh is started first: it asks nobody anything. */
export const NO_UNLOCKING: Unlocking = { args: [], env: {} };

/** What ssh says to its program when it wants the passphrase of a key; a server's own questions never begin so. Long paths are cut by it. */
const PROMPT = "Enter passphrase for key '";
const PATH_SHOWN = 90;

/**
 * Logs in with a key that is locked by a passphrase. `attempt`: gives what ssh said where it could not. null: nobody knows the passphrase. Throws
 * PASSPHRASE_WRONG.
 */
export async function logInUnlocked<R>(
  key: string,
  secrets: Secrets,
  attempt: (unlocking: Unlocking) => Promise<R>,
  saidBy: (result: R) => readonly string[] | null,
): Promise<{ readonly result: R } | null> {
  const question: SecretQuestion = { kind: 'ssh-key', path: key };
  return await secrets.unlock(question, async (passphrase) => {
    const askpass = await answerOnce(passphrase, `${PROMPT}${key.slice(0, PATH_SHOWN)}`);
    try {
      // The passphrase is for the key only: no server gets it as a password.
      const options = ['BatchMode=no', 'NumberOfPasswordPrompts=1', 'PreferredAuthentications=publickey'];
      const args = options.flatMap((option) => ['-o', option]);
      const result = await attempt({ args, env: askpass.env });
      if (lockedKey(saidBy(result) ?? []) === key) throw wrongSecret(question);
      return { result };
    } finally {
      await askpass.end();
    }
  });
}
