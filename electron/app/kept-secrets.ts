import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import * as v from 'valibot';
import type { SecretQuestion, SecretStore } from '../../engine/connection/secrets.ts';

/** What locks and unlocks texts with the key store of this computer: Electron's `safeStorage`. */
export interface Cipher {
  encryptString(text: string): Buffer;
  /** Throws where another user or computer locked it. */
  decryptString(locked: Buffer): string;
}

const FileSchema = v.object({ version: v.literal(1), kept: v.record(v.string(), v.string()) });

/** Passphrases on disk, each locked with the key store of this computer. A file that can't be read is as good as none: then they are asked again. */
export class KeptSecrets implements SecretStore {
  readonly #path: string;
  readonly #cipher: Cipher;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(path: string, cipher: Cipher) {
    this.#path = path;
    this.#cipher = cipher;
  }

  async read(question: SecretQuestion): Promise<string | null> {
    const locked = (await this.#kept())[keyOf(question)];
    if (locked === undefined) return null;
    try {
      return this.#cipher.decryptString(Buffer.from(locked, 'base64'));
    } catch {
      return null;
    }
  }

  keep(question: SecretQuestion, secret: string): Promise<void> {
    const locked = this.#cipher.encryptString(secret).toString('base64');
    return this.#change((kept) => ({ ...kept, [keyOf(question)]: locked }));
  }

  forget(question: SecretQuestion): Promise<void> {
    return this.#change((kept) => Object.fromEntries(Object.entries(kept).filter(([key]) => key !== keyOf(question))));
  }

  /** One after the other: each writes the whole file. */
  #change(change: (kept: Readonly<Record<string, string>>) => Readonly<Record<string, string>>): Promise<void> {
    const changing = this.#turn.then(async () => this.#write(change(await this.#kept())));
    this.#turn = changing.catch(() => undefined);
    return changing;
  }

  async #kept(): Promise<Readonly<Record<string, string>>> {
    try {
      return v.parse(FileSchema, JSON.parse(await readFile(this.#path, 'utf8'))).kept;
    } catch {
      return {};
    }
  }

  async #write(kept: Readonly<Record<string, string>>): Promise<void> {
    const fresh = `${this.#path}.${randomUUID()}.new`;
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      await writeFile(fresh, JSON.stringify({ version: 1, kept }), { mode: 0o600 });
      await chmod(fresh, 0o600);
      await rename(fresh, this.#path);
    } catch {
      // It can't be kept, and is asked for again: no reason not to connect.
      await rm(fresh, { force: true });
    }
  }
}

function keyOf({ kind, path }: SecretQuestion): string {
  return `${kind} ${path}`;
}
