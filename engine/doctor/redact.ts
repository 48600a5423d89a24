import { createHash, randomBytes } from 'node:crypto';
import { homedir, hostname, userInfo } from 'node:os';

export interface Redaction {
  /** `<user>@<computer>` of scans, names of hosts: whatever is to be unreadable. */
  readonly names: readonly string[];
  /** Names below the mount points become hashes: equal names equal ones, in this bundle only. */
  readonly hashPaths: boolean;
  /** Mount points and the data directory, which stay readable. */
  readonly keptPaths: readonly string[];
}

/** Names that tell nothing of anybody. */
const PUBLIC: ReadonlySet<string> = new Set([
  'root',
  'localhost',
  'nobody',
  'user',
  'node',
  'local',
  'docker',
  'none',
  'test',
  '',
]);

/** Secrets by what they look like; `$1` stays. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]*(?:PRIVATE KEY|CERTIFICATE)-----(?:[\s\S]*?-----END [A-Z0-9 ]*-----|[\s\S]*)/gu, '[key]'],
  [/\b(ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\S+) [A-Za-z0-9+/=]{20,}/gu, '$1 [key]'],
  [/\bSHA256:[A-Za-z0-9+/]{43}=?/gu, '[fingerprint]'],
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/:@'"]*:[^\s/@'"]+@/giu, '$1[login]@'],
  [/\b(authorization["']?\s*[:=]\s*["']?(?:bearer|basic)?\s*)[^\s"',]+/giu, '$1[secret]'],
  [/\b(bearer\s+)[A-Za-z0-9._~+/=-]{8,}/giu, '$1[secret]'],
  [
    /((?:pass(?:word|wd|phrase)?|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|x-registry-auth|identitytoken)s?["']?\s*[:=]\s*["']?)[^\s"',;}]+/giu,
    '$1[secret]',
  ],
  [/\b(?:ghp|gho|ghu|ghs|ghr|github_pat|glpat|xox[abpr]|sk|pk|dckr_pat)[-_][A-Za-z0-9_-]{12,}/gu, '[token]'],
  [/\bAKIA[0-9A-Z]{16}\b/gu, '[token]'],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/gu, '[token]'],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gu, '[mail]'],
  [/\b(?:\d{1,3}\.){3}\d{1,3}\b/gu, '[address]'],
  [/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/giu, '[address]'],
];

/** Parts of lines of the scan log that hold a path below the mount point. */
const LOG_PATHS: readonly RegExp[] = [
  /(Failed directory )(.+)(?=: \S* ?[A-Z_]+$)/u,
  /(Chunk \d+ (?:starts|is taken over): )(.+)$/u,
  /(QUARANTINE (?:Set aside after \d+ strikes|Suspect, tried alone): )(.+)(?= \()/u,
  /(STALL [^:]*: \S+ on )(.+)(?= has not returned)/u,
  /(\(last )(.+)(?=\))/u,
  // Evidence of findings: a path and what it answered; a call on a path.
  /^()((?!.* - ).+)(?=: \S+ [A-Z_]+$)/u,
  /(` on `)([^`]+)(?=`)/u,
  /^(`)([^`]+)(?=` (?:of|and) )/u,
];

/** A function that makes text fit for strangers. The hashes of one redactor can't be compared with another's. */
export function redactor({ names, hashPaths, keptPaths }: Redaction): (text: string) => string {
  const salt = randomBytes(16);
  const hash = (name: string): string => `~${createHash('sha256').update(salt).update(name).digest('hex').slice(0, 8)}`;
  const hashPath = (path: string): string =>
    path
      .split('/')
      .map((name) => (name === '' ? '' : hash(name)))
      .join('/');
  const words = [...new Set([...own(), ...names].flatMap((name) => name.split('@')))]
    .filter((name) => name.length > 1 && !PUBLIC.has(name.toLowerCase()))
    .sort((a, b) => b.length - a.length);
  const named =
    words.length === 0
      ? null
      : new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.map(escape).join('|')})(?![\\p{L}\\p{N}])`, 'giu');
  const kept = [...keptPaths].filter((path) => path.length > 1).sort((a, b) => b.length - a.length);
  const absolute = /(?<![\w.:/~-])\/(?:[^\s"'`,;:()\\[\]{}|]|\\.)+/gu;
  const hideAbsolute = (path: string): string => {
    const root = kept.find((one) => path === one || path.startsWith(`${one}/`));
    if (root !== undefined) return `${root}${hashPath(path.slice(root.length))}`;
    return /^\/(?:proc|sys|dev|opt\/smart-scanner|mount|spool)(?:\/|$)/u.test(path) ? path : hashPath(path);
  };
  const hideInLine = (line: string): string =>
    LOG_PATHS.reduce(
      (text, pattern) => text.replace(pattern, (_all, before: string, path: string) => `${before}${hashPath(path)}`),
      line,
    );
  return (text) => {
    let out = text;
    for (const [pattern, instead] of SECRETS) out = out.replace(pattern, instead);
    if (hashPaths) out = out.split('\n').map(hideInLine).join('\n').replace(absolute, hideAbsolute);
    return named === null ? out : out.replace(named, '[name]');
  };
}

/** JSON with names of the NAS hashed where keys say so. */
export function hidePaths(value: unknown, hide: (path: string) => string): unknown {
  if (Array.isArray(value)) return value.map((one) => hidePaths(one, hide));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key === 'path' || key === 'label')
        return [key, typeof inner === 'string' ? hide(inner) : hide(JSON.stringify(inner))];
      return [key, hidePaths(inner, hide)];
    }),
  );
}

/** Of this computer and its user. */
function own(): string[] {
  const user = ((): string => {
    try {
      return userInfo().username;
    } catch {
      return '';
    }
  })();
  const home = homedir().split(/[\\/]/u).at(-1) ?? '';
  return [hostname(), hostname().split('.')[0] ?? '', user, home];
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&');
}
