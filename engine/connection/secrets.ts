import { SmartScannerError } from '../../shared/errors.ts';

/** What is locked, for whoever is asked. */
export interface SecretQuestion {
  readonly kind: 'ssh-key' | 'tls-key';
  /** Of the key's file on this computer. */
  readonly path: string;
}

/** Where secrets are kept that opened what they are for. Nothing else knows them, and nothing logs them. */
export interface SecretStore {
  /** null: none is kept. */
  read(question: SecretQuestion): Promise<string | null>;
  keep(question: SecretQuestion, secret: string): Promise<void>;
  forget(question: SecretQuestion): Promise<void>;
}

/** A person who may know a secret. null: nobody is there, or it was given up. */
export type SecretAsker = (question: SecretQuestion) => Promise<string | null>;

export const ASK_NOBODY: SecretAsker = () => Promise.resolve(null);

/** Until this program ends, and on no disk. */
export class MemorySecrets implements SecretStore {
  readonly #kept = new Map<string, string>();

  read(question: SecretQuestion): Promise<string | null> {
    return Promise.resolve(this.#kept.get(keyOf(question)) ?? null);
  }

  keep(question: SecretQuestion, secret: string): Promise<void> {
    this.#kept.set(keyOf(question), secret);
    return Promise.resolve();
  }

  forget(question: SecretQuestion): Promise<void> {
    this.#kept.delete(keyOf(question));
    return Promise.resolve();
  }
}

/** Passphrases and passwords of keys: asked once, kept where they were right. */
export class Secrets {
  readonly #ask: SecretAsker;
  readonly #store: SecretStore;
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(ask: SecretAsker = ASK_NOBODY, store: SecretStore = new MemorySecrets()) {
    this.#ask = ask;
    this.#store = store;
  }

  /**
   * Tries `open` with what is kept, else with what a person says. It throws PASSPHRASE_WRONG where the secret does not fit, and so does this.
   * null: nobody could be asked. Whoever wants the same key meanwhile waits, and is not asked again.
   */
  unlock<T extends object>(question: SecretQuestion, open: (secret: string) => Promise<T>): Promise<T | null> {
    const key = keyOf(question);
    const before = this.#turns.get(key) ?? Promise.resolve();
    const now = before.then(() => this.#unlock(question, open));
    this.#turns.set(
      key,
      now.catch(() => undefined),
    );
    return now;
  }

  async #unlock<T extends object>(question: SecretQuestion, open: (secret: string) => Promise<T>): Promise<T | null> {
    const kept = await this.#store.read(question);
    if (kept !== null) {
      try {
        return await open(kept);
      } catch (error) {
        if (!isWrong(error)) throw error;
        // The key has another one since.
        await this.#store.forget(question);
      }
    }
    const said = await this.#ask(question);
    if (said === null || said === '') return null;
    const opened = await open(said);
    await this.#store.keep(question, said);
    return opened;
  }
}

/** For whoever finds that a secret does not fit. */
export function wrongSecret({ path }: SecretQuestion): SmartScannerError {
  return new SmartScannerError('PASSPHRASE_WRONG', `The passphrase does not unlock the key ${path}.`, {
    hint: 'Try again; `ssh-keygen -y -f KEY` or `openssl pkey -in KEY -noout` tells whether one is right.',
  });
}

function isWrong(error: unknown): boolean {
  return error instanceof SmartScannerError && error.code === 'PASSPHRASE_WRONG';
}

function keyOf({ kind, path }: SecretQuestion): string {
  return `${kind} ${path}`;
}
