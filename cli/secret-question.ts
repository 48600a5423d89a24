import { Secrets, type SecretQuestion } from '../engine/connection/secrets.ts';
import { askSecret, canAsk } from './question.ts';
import { safeText } from './text.ts';

const WHAT: Record<SecretQuestion['kind'], string> = { 'ssh-key': 'SSH key', 'tls-key': 'TLS key' };

/** Asks a person at a terminal, one question at a time, and shows no answer; asks nobody else. Kept until the command ends. */
export function terminalSecrets(json: boolean): Secrets {
  let turn: Promise<unknown> = Promise.resolve();
  return new Secrets((question) => {
    const { kind, path } = question;
    if (!canAsk(json)) return Promise.resolve(null);
    const asking = turn.then(() => askSecret(`Passphrase of the ${WHAT[kind]} ${safeText(path)}: `));
    turn = asking.catch(() => undefined);
    return asking;
  });
}
