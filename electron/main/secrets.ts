import { safeStorage } from 'electron';
import { MemorySecrets, Secrets, type SecretStore } from '../../engine/connection/secrets.ts';
import { KeptSecrets, type Cipher } from '../app/kept-secrets.ts';
import type { Questions } from '../app/questions.ts';

/** Passphrases of keys: asked in the window, kept by the key store of this computer where it has one, else until the app ends. */
export function appSecrets(path: string, questions: Questions): Secrets {
  const isKept = canKeep();
  const store: SecretStore = isKept ? new KeptSecrets(path, keyStore) : new MemorySecrets();
  return new Secrets((question) => questions.passphrase(question, isKept), store);
}

/** The older way of it, which every Electron that this app runs on has. */
interface KeyStore extends Cipher {
  isEncryptionAvailable(): boolean;
  /** On Linux, since Electron 26. */
  getSelectedStorageBackend?(): string;
}
const keyStore: KeyStore = safeStorage;

/** Without a key store Electron on Linux locks with a password that everybody knows. */
function canKeep(): boolean {
  if (!keyStore.isEncryptionAvailable()) return false;
  return process.platform !== 'linux' || keyStore.getSelectedStorageBackend?.() !== 'basic_text';
}
