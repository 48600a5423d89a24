import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type * as Ssh2Module from 'ssh2';
import type { AnyAuthMethod, BaseAgent, ParsedKey, PublicKeyEntry } from 'ssh2';
import { within } from '../../../runtime/docker/client.ts';
import { wrongSecret, type SecretQuestion, type Secrets } from '../../secrets.ts';
import type { UserConfig } from './user-config.ts';

/** What a log-in can be tried with. Key material stays in `methods`, which nobody logs. */
export interface Identities {
  readonly methods: readonly AnyAuthMethod[];
  /** File or comment, type and fingerprint of each, for people. */
  readonly offered: readonly string[];
  /** Files whose key has a passphrase, and which the agent does not have. */
  readonly locked: readonly string[];
  /** Files that others may read. */
  readonly open: readonly string[];
}

type Ssh2 = Omit<typeof Ssh2Module, 'default'>;
const AGENT_MS = 5_000;
const OTHERS = 0o077;

/** The agent's keys first, then the files that it does not have. A dead agent is none. */
export async function findIdentities(ssh2: Ssh2, config: UserConfig): Promise<Identities> {
  const { user: username } = config;
  const methods: AnyAuthMethod[] = [{ type: 'none', username }];
  const offered: string[] = [];
  const locked: string[] = [];
  const open: string[] = [];
  const named = await Promise.all(config.identityFiles.map((path) => publicKeyBeside(ssh2, path)));
  const wanted = config.identitiesOnly ? named.flatMap((key) => (key === null ? [] : [blobOf(key)])) : null;
  const agent = await openAgent(ssh2, config.agent, wanted);
  const inAgent = new Set(agent?.keys.map(blobOf));
  if (agent !== null && agent.keys.length > 0) {
    methods.push({ type: 'agent', username, agent: agent.agent });
    offered.push(...agent.keys.map((key) => describe(key, 'agent')));
  }
  for (const [index, path] of config.identityFiles.entries()) {
    const beside = named[index] ?? null;
    if (beside !== null && inAgent.has(blobOf(beside))) continue;
    const text = await readFile(path).catch(() => null);
    if (text === null) continue;
    if (process.platform !== 'win32' && ((await stat(path)).mode & OTHERS) !== 0) {
      open.push(path);
      continue;
    }
    const key = ssh2.utils.parseKey(text);
    if (key instanceof Error) {
      if (/encrypted/iu.test(key.message)) locked.push(path);
      continue;
    }
    if (inAgent.has(blobOf(key))) continue;
    methods.push({ type: 'publickey', username, key: text });
    offered.push(describe(key, path));
  }
  return { methods, offered, locked, open };
}

/** The one key of this file, unlocked by what is kept or somebody says; null: nobody knows. Throws PASSPHRASE_WRONG. */
export async function unlockIdentity(
  ssh2: Ssh2,
  { user: username }: UserConfig,
  path: string,
  secrets: Secrets,
): Promise<Identities | null> {
  const text = await readFile(path);
  const question: SecretQuestion = { kind: 'ssh-key', path };
  return await secrets.unlock(question, (passphrase) => {
    const key = ssh2.utils.parseKey(text, passphrase);
    if (key instanceof Error) return Promise.reject(wrongSecret(question));
    const methods: AnyAuthMethod[] = [
      { type: 'none', username },
      { type: 'publickey', username, key: text, passphrase },
    ];
    return Promise.resolve({ methods, offered: [describe(key, path)], locked: [], open: [] });
  });
}

async function publicKeyBeside(ssh2: Ssh2, path: string): Promise<ParsedKey | null> {
  const text = await readFile(`${path}.pub`).catch(() => null);
  const key = text === null ? null : ssh2.utils.parseKey(text);
  return key instanceof Error ? null : key;
}

/** `wanted`: only these of its keys; null: all. */
async function openAgent(
  ssh2: Ssh2,
  path: string | null,
  wanted: readonly string[] | null,
): Promise<{ readonly agent: BaseAgent; readonly keys: readonly ParsedKey[] } | null> {
  if (path === null) return null;
  try {
    const agent = ssh2.createAgent(path);
    const listing = new Promise<ParsedKey[]>((resolve, reject) => {
      agent.getIdentities((error, keys) => (error ? reject(error) : resolve((keys ?? []).flatMap(parsed(ssh2)))));
    });
    const found = await within('the SSH agent', () => listing, { deadlineMs: AGENT_MS });
    const keys = wanted === null ? found : found.filter((key) => wanted.includes(blobOf(key)));
    return { agent: restricted(agent, keys), keys };
  } catch {
    return null;
  }
}

function parsed(ssh2: Ssh2): (key: ParsedKey | Buffer | string | PublicKeyEntry) => ParsedKey[] {
  return (key) => {
    const text = typeof key === 'string' || Buffer.isBuffer(key) || 'getPublicSSH' in key ? key : key.pubKey;
    const found = typeof text === 'object' && 'pubKey' in text ? text.pubKey : text;
    const result = ssh2.utils.parseKey(found);
    return result instanceof Error ? [] : [result];
  };
}

/** The same agent, which tells of these keys only. */
function restricted(agent: BaseAgent, keys: readonly ParsedKey[]): BaseAgent {
  const getIdentities = (callback: (error: Error | undefined, keys?: ParsedKey[]) => void): void =>
    callback(undefined, [...keys]);
  return Object.assign(Object.create(agent) as BaseAgent, { getIdentities });
}

function blobOf(key: ParsedKey): string {
  return key.getPublicSSH().toString('base64');
}

function describe(key: ParsedKey, where: string): string {
  const digest = createHash('sha256').update(key.getPublicSSH()).digest('base64').replace(/=+$/u, '');
  return `${where} ${key.type.replace(/^ssh-/u, '').toUpperCase()} SHA256:${digest}`;
}
