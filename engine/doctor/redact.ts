import { createHash, randomBytes } from 'node:crypto';
import { homedir, hostname, userInfo } from 'node:os';

export interface Redaction {
  /** `<user>@<computer>` of scans, names of hosts: whatever is to be unreadable. */
  readonly names: readonly string[];
  /** Names below the mount points become hashes: equal names equal ones, in this bundle only. */
  readonly hashPaths: boolean;
  /** Mount points, which stay readable, and nothing below them. */
  readonly mountPaths: readonly string[];
  /** Stays readable: what lies below it is ours. */
  readonly dataDir: string;
  /** Below mount points, as the catalog and running scans have them: hidden wherever they are named. */
  readonly knownPaths: readonly string[];
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

/** What a secret is called; `"auth"` is that of Docker's own configuration. */
const KEY = String.raw`(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|x-registry-auth|identitytoken|\bauth)s?(?:[_-]\w+)?`;
/** In quotes (also those of text in JSON in JSON) to their end, else to the next blank. */
const VALUE = String.raw`(?:(?<quote>["'])(?:(?!\k<quote>)[^\\\n]|\\.)*\k<quote>|(?<escaped>\\+["']).*?\k<escaped>|["']?[^\s"',;}\\]+)`;
const ASSIGNED = new RegExp(String.raw`(?<before>${KEY}\\*["']?\s*[:=]\s*)${VALUE}`, 'giu');
/** An option and its value: apart by a blank, or as two texts of a list. */
const OPTION = new RegExp(
  String.raw`(?<before>(?<!\w)--?(?:[a-z0-9]+[_-])*(?:${KEY})(?:\s+|\\*["']\s*,\s*))(?!-)${VALUE}`,
  'giu',
);
/** A key of JSON whose value is one. */
export const SECRET_KEY =
  /pass(?:word|wd|phrase|code)|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|registry-auth|cookie|(?:pass|pwd|\bauth)(?![a-z])/iu;
/** An option whose value comes after it. */
export const SECRET_OPTION = new RegExp(String.raw`^--?(?:[a-z0-9]+[_-])*(?:${KEY})$`, 'iu');

const IPV6 = ((): RegExp => {
  const part = '[0-9a-f]{1,4}';
  const tail = String.raw`(?:(?:\d{1,3}\.){3}\d{1,3}|${part})`;
  const rest = `(?:${part}:){0,6}${tail}`;
  return new RegExp(
    String.raw`(?<![\w:.])(?:(?:${part}:){6,7}${tail}|(?:${part}:){1,7}:(?:${rest})?|::${rest})(?:%[\w.-]+)?(?![\w:])`,
    'giu',
  );
})();

/** Secrets by what they look like; `$1` stays. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]*(?:PRIVATE KEY|CERTIFICATE)-----(?:[\s\S]*?-----END [A-Z0-9 ]*-----|[\s\S]*)/gu, '[key]'],
  [/\b(ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\S+) [A-Za-z0-9+/=]{20,}/gu, '$1 [key]'],
  [/\bSHA256:[A-Za-z0-9+/]{43}=?/gu, '[fingerprint]'],
  [/\b((?:ssh|sftp|smb|nfs|tcp):\/\/)(?:[^\s/@"'\\]+@)?(?:\[[^\]\s]*\]|[^\s/:"',\\]+)/giu, '$1[host]'],
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@'"]+@/giu, '$1[login]@'],
  [/\b(authorization\\*["']?\s*[:=]\s*\\*["']?(?:bearer|basic)?\s*)[^\s"',\\]+/giu, '$1[secret]'],
  [/\b(bearer\s+)[A-Za-z0-9._~+/=-]{8,}/giu, '$1[secret]'],
  [/\b((?:set-)?cookie\\*["']?\s*[:=]\s*\\*["']?)[^\n"'\\]+/giu, '$1[secret]'],
  [OPTION, '$<before>$<quote>$<escaped>[secret]$<quote>$<escaped>'],
  [ASSIGNED, '$<before>$<quote>$<escaped>[secret]$<quote>$<escaped>'],
  // Numbers of users, and what is bound to a directory of that name, are none.
  [/(?<![\w/.-])((?:user(?:[_-]?name)?|login)\\*["']?\s*[:=]\s*\\*["']?)(?![\d/])[^\s"',;}\\]+/giu, '$1[name]'],
  [/\b(?:ghp|gho|ghu|ghs|ghr|github_pat|glpat|xox[abpr]|sk|pk|dckr_pat)[-_][A-Za-z0-9_-]{12,}/gu, '[token]'],
  [/\bAKIA[0-9A-Z]{16}\b/gu, '[token]'],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/gu, '[token]'],
  [/(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gu, '[mail]'],
  [/(?<![\w/.-])[a-z_][\w.-]*@[a-z][\w-]*/giu, '[login]'],
  [IPV6, '[address]'],
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
  /^()((?!.* - ).+)(?=: (?:\S+|ends its worker) \([^()]*\)$)/u,
  /^(also waiting: )(.+)(?=: likely one disk$)/u,
  /^(rules: )(.+)$/u,
  /(` on `)([^`]+)(?=`)/u,
  /^(`)([^`]+)(?=` (?:of|and) )/u,
];

/** Shorter ones are words of every sentence. */
const NAME_MIN = 4;
/** Where shares lie: a name below it may have blanks. */
const SHARES = String.raw`\/(?:mnt|volume\d+|share|media|srv|export|home|Users)\/`;
/** To the end of a path with blanks: rather too much than half a name. */
const TO_ITS_END = '(?:(?! \\/)[^"\'`,;:()[\\]{}|\\n])+';

export interface Redactor {
  /** Makes text fit for strangers. */
  readonly text: (text: string) => string;
  /** Equal names become equal hashes, in texts as well. */
  readonly path: (path: string) => string;
}

/** The hashes of one redactor can't be compared with another's. */
export function redactor({ names, hashPaths, mountPaths, dataDir, knownPaths }: Redaction): Redactor {
  const salt = randomBytes(16);
  const hash = (name: string): string =>
    HASHED.test(name) ? name : `~${createHash('sha256').update(salt).update(name).digest('hex').slice(0, 8)}`;
  const hashPath = (path: string): string =>
    path
      .split('/')
      .map((name) => (name === '' ? '' : hash(name)))
      .join('/');
  const words = [...new Set([...own(), ...names].flatMap((name) => name.split('@')))].filter(
    (name) => name.length > 1 && !PUBLIC.has(name.toLowerCase()),
  );
  const named = anyOf(words, 'giu');
  const known = anyOf(
    knownPaths.flatMap(withAncestors).filter((path) => path.includes('/') || path.length >= NAME_MIN),
    'gu',
  );
  const kept = [dataDir, ...mountPaths].filter((path) => path.length > 1).sort((a, b) => b.length - a.length);
  const below = kept.length === 0 ? null : `(?:${kept.map(escape).join('|')})\\/`;
  const spaced = new RegExp(`(?<![\\w.:/~-])(?:${below === null ? '' : `${below}|`}${SHARES})${TO_ITS_END}`, 'gu');
  const absolute = /(?<![\w.:/~-])\/(?:[^\s"'`,;:()\\[\]{}|]|\\.)+/gu;
  const hideAbsolute = (path: string): string => {
    const root = kept.find((one) => path === one || path.startsWith(`${one}/`) || path.startsWith(`${one} `));
    if (root === dataDir) return path;
    if (root !== undefined) return `${root}${hashPath(path.slice(root.length))}`;
    return /^\/(?:proc|sys|dev|opt\/smart-scanner|mount|spool)(?:\/|$)/u.test(path) ? path : hashPath(path);
  };
  /** A mount point itself may be followed by words. */
  const hideSpaced = (path: string): string => {
    const root = kept.find((one) => path.startsWith(one) && /^(?:$|\s[^/]*$)/u.test(path.slice(one.length)));
    return root === undefined ? hideAbsolute(path) : path;
  };
  const hideInLine = (line: string): string =>
    LOG_PATHS.reduce(
      (text, pattern) => text.replace(pattern, (_all, before: string, path: string) => `${before}${hashPath(path)}`),
      line,
    );
  const hidden = (text: string): string => {
    const literally = known === null ? text : text.replace(known, hashPath);
    return literally.split('\n').map(hideInLine).join('\n').replace(spaced, hideSpaced).replace(absolute, hideAbsolute);
  };
  return {
    path: hashPath,
    text: (text) => {
      let out = text;
      for (const [pattern, instead] of SECRETS) out = out.replace(pattern, instead);
      if (hashPaths) out = hidden(out);
      return named === null ? out : out.replace(named, '[name]');
    },
  };
}

const HASHED = /^~[0-9a-f]{8}$/u;

/** Each as a whole word, the longest first; null: there is none. */
function anyOf(words: readonly string[], flags: string): RegExp | null {
  const sorted = [...new Set(words)].sort((a, b) => b.length - a.length);
  if (sorted.length === 0) return null;
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${sorted.map(escape).join('|')})(?![\\p{L}\\p{N}])`, flags);
}

/** `a/b/c` holds `a/b` and `a`. */
function withAncestors(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.map((_part, index) => parts.slice(0, index + 1).join('/'));
}

/** JSON with names of the NAS hashed where keys say so. */
export function hidePaths(value: object, hide: (path: string) => string): object {
  if (Array.isArray(value)) return value.map((one) => hiddenIn(one, hide));
  const text = (inner: unknown): string => hide(typeof inner === 'string' ? inner : JSON.stringify(inner));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key === 'path' || key === 'label') return [key, text(inner)];
      if (key === 'excludes' && Array.isArray(inner)) return [key, inner.map(text)];
      // The name of its mount is to be read, not what lies below it.
      if ((key === 'about' || key === 'key') && typeof inner === 'string')
        return [key, inner.replace(/\/.+$/su, (below) => hide(below))];
      return [key, hiddenIn(inner, hide)];
    }),
  );
}

function hiddenIn(value: unknown, hide: (path: string) => string): unknown {
  return typeof value === 'object' && value !== null ? hidePaths(value, hide) : value;
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
