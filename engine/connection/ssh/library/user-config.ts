import { readdir, readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import SshConfig from 'ssh-config';
import type { SshEndpoint } from '../../endpoint.ts';
import { NOT_FOUND, runSsh, sshArgs } from '../command.ts';
import { explainSsh } from '../failure.ts';

/** What the user's SSH configuration says of one host. Paths are whole. */
export interface UserConfig {
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** A socket or pipe; null: none. */
  readonly agent: string | null;
  readonly knownHosts: readonly string[];
  readonly globalKnownHosts: readonly string[];
  readonly hostKeyAlias: string | null;
  /** As it stands there, the nearest first; null: none. */
  readonly proxyJump: string | null;
  readonly proxyCommand: string | null;
}

type Values = Readonly<Record<string, string | readonly string[] | undefined>>;

const DEFAULT_PORT = 22;
const ASK_MS = 10_000;
/** Files that include one another. */
const MOST_INCLUDES = 16;
const DEFAULT_KEYS = ['id_rsa', 'id_ecdsa', 'id_ed25519'];
const WINDOWS_AGENT = '\\\\.\\pipe\\openssh-ssh-agent';

/**
 * Asks ssh itself, which knows best, where there is one (Windows' own can be asked too); else reads the files with a library. Throws SSH_CONFIG
 * for what ssh does not understand.
 */
export async function readUserConfig(endpoint: SshEndpoint): Promise<UserConfig> {
  const values = (await askSsh(endpoint)) ?? (await readFiles(endpoint));
  return toConfig(endpoint, values);
}

async function askSsh(endpoint: SshEndpoint): Promise<Values | null> {
  if (process.platform === 'win32') return null;
  const ssh = runSsh(sshArgs(endpoint, ['-G']), { directory: '/nonexistent/smart-scanner' });
  const timer = setTimeout(() => void ssh.end(), ASK_MS);
  const status = await ssh.ended;
  clearTimeout(timer);
  if (status === NOT_FOUND) return null;
  if (status !== 0) throw explainSsh(endpoint, status, ssh.said());
  const values: Record<string, string[]> = {};
  for (const line of ssh.output().split('\n')) {
    const [, key, value] = /^(\S+) (.*)$/u.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    (values[key] ??= []).push(...(key.endsWith('knownhostsfile') ? value.split(/\s+/u) : [value]));
  }
  return values;
}

async function readFiles({ host, user }: SshEndpoint): Promise<Values> {
  const dir = join(homedir(), '.ssh');
  const text = await withIncludes(join(dir, 'config'), dir, 0);
  const parsed = SshConfig.parse(text);
  return parsed.compute({ Host: host, ...(user === null ? {} : { User: user }) }, { ignoreCase: true });
}

async function withIncludes(path: string, dir: string, depth: number): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    const included = /^\s*include\s+(.+)$/iu.exec(line)?.[1];
    if (included === undefined || depth >= MOST_INCLUDES) lines.push(line);
    else
      for (const pattern of included.trim().split(/\s+/u))
        for (const file of await filesOf(pattern, dir)) lines.push(await withIncludes(file, dir, depth + 1));
  }
  return lines.join('\n');
}

/** A `*` or `?` may stand in the last part of a path. */
async function filesOf(pattern: string, dir: string): Promise<string[]> {
  const expanded = home(pattern.replaceAll('"', ''));
  const path = isAbsolute(expanded) ? expanded : join(dir, expanded);
  if (!/[*?]/u.test(basename(path))) return [path];
  const like = basename(path).replaceAll(/[.+^${}()|[\]\\]/gu, '\\$&');
  const matcher = new RegExp(`^${like.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'u');
  const names = await readdir(dirname(path)).catch(() => []);
  return names.filter((name) => matcher.test(name)).map((name) => join(dirname(path), name));
}

function toConfig(endpoint: SshEndpoint, values: Values): UserConfig {
  const one = (key: string): string | null => {
    const value = values[key];
    const first = typeof value === 'string' ? value : value?.[0];
    return first === undefined || first === 'none' ? null : first;
  };
  const all = (key: string, otherwise: readonly string[]): string[] => {
    const value = values[key] ?? otherwise;
    return (typeof value === 'string' ? value.split(/\s+/u) : [...value]).filter((text) => text !== 'none');
  };
  const user = endpoint.user ?? one('user') ?? userInfo().username;
  const hostName = (one('hostname') ?? endpoint.host).replaceAll('%h', endpoint.host);
  const path = (text: string): string =>
    home(text.replaceAll('"', '')).replaceAll(/%[dhru%]/gu, (token) => {
      switch (token) {
        case '%d':
          return homedir();
        case '%h':
          return hostName;
        case '%r':
          return user;
        case '%u':
          return userInfo().username;
        default:
          return '%';
      }
    });
  return {
    hostName,
    user,
    port: endpoint.port ?? Number(one('port') ?? DEFAULT_PORT),
    identityFiles: all(
      'identityfile',
      DEFAULT_KEYS.map((name) => `~/.ssh/${name}`),
    ).map(path),
    identitiesOnly: one('identitiesonly') === 'yes',
    agent: agentOf(values['identityagent'] === 'none' ? 'none' : one('identityagent'), values, path),
    knownHosts: all('userknownhostsfile', ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']).map(path),
    globalKnownHosts: all('globalknownhostsfile', ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']).map(path),
    hostKeyAlias: one('hostkeyalias'),
    proxyJump: one('proxyjump'),
    proxyCommand: one('proxycommand'),
  };
}

function agentOf(named: string | null, values: Values, path: (text: string) => string): string | null {
  const said = values['identityagent'];
  if ((typeof said === 'string' ? said : said?.[0]) === 'none') return null;
  if (named !== null && named !== 'SSH_AUTH_SOCK')
    return named.startsWith('$') ? (process.env[named.replaceAll(/[${}]/gu, '')] ?? null) : path(named);
  return process.env['SSH_AUTH_SOCK'] ?? (process.platform === 'win32' ? WINDOWS_AGENT : null);
}

function home(path: string): string {
  return path.replace(/^~(?=$|[/\\])/u, homedir());
}
