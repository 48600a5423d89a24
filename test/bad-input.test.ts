import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { beforeAll, describe, expect, it } from 'vitest';
import { cli } from './support/cli.ts';
import { describeWithRuntimes } from './support/runtimes.ts';
import { temporaryDirectory } from './support/temporary.ts';

const base = temporaryDirectory();
const mount = join(base, 'mount');
let count = 0;
const freshDataDir = (): string => join(base, `data-${(count += 1)}`);
const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

beforeAll(() => {
  mkdirSync(join(mount, 'sub'), { recursive: true });
  writeFileSync(join(mount, 'file.txt'), 'x');
  writeFileSync(join(mount, 'sub', 'other'), 'x');
});

describeWithRuntimes('a mount path that can not be scanned', (runtime) => {
  const paths: readonly (readonly [string, () => string, RegExp])[] = [
    ['does not exist', () => join(base, 'nowhere'), /MOUNT_NOT_FOUND: .*nowhere does not exist/],
    ['is a file', () => join(mount, 'file.txt'), /MOUNT_NOT_DIRECTORY: .*file\.txt is not a directory/],
  ];
  it.each(paths)('which %s: exit 3, the path, nothing made', async (_name, path, message) => {
    const dataDir = freshDataDir();
    const { status, err, out } = await cli(
      ['scan', path(), 'M', '--data-dir', dataDir, ...runtime.args],
      runtime.options,
    );
    expect({ status, out: out.includes('COVERED') }).toEqual({ status: 3, out: false });
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\bat .*\.(?:ts|mjs):\d+/);
    expect(existsSync(dataDir)).toBe(false);
  });

  it('which had files and is empty now: exit 3, inventory untouched; --publish replaces it', async () => {
    const dataDir = freshDataDir();
    const emptied = mkdtempSync(join(base, 'emptied-'));
    writeFileSync(join(emptied, 'a'), 'x');
    const scan = (...more: string[]): ReturnType<typeof cli> =>
      cli(['scan', emptied, 'E', '--data-dir', dataDir, ...runtime.args, ...more], runtime.options);
    expect(await scan()).toMatchObject({ status: 0 });
    rmSync(join(emptied, 'a'));
    const refused = await scan();
    expect(refused.status).toBe(3);
    expect(refused.err).toMatch(/MOUNT_EMPTY: .*is the array stopped/);
    const files = async (): Promise<number> => {
      const stats = JSON.parse((await cli(['stats', '--data-dir', dataDir, '--json'])).out) as {
        mounts: { files: number }[];
      };
      return stats.mounts[0]?.files ?? -1;
    };
    expect(await files()).toBe(1);
    expect(await scan('--publish')).toMatchObject({ status: 0 });
    expect(await files()).toBe(0);
  });
});

describe('options out of range', () => {
  it.each([
    [['--chunk-size', '0'], /allowed is 1B to 8191PB/],
    [['--chunk-size', '-5'], /allowed is 1B to 8191PB/],
    [['--chunk-size', 'abc'], /allowed is 1B to 8191PB/],
    [['--max-containers', '0'], /allowed is a whole number from 1 to 256/],
    [['--max-containers', '1000'], /allowed is a whole number from 1 to 256/],
    [['--max-containers', 'x'], /allowed is a whole number from 1 to 256/],
    [['--chunk-files', '0'], /allowed is a whole number from 1 to 1000000000/],
    [['--retries', '-1'], /allowed is a whole number from 0 to 100/],
    [['--runtime', 'podman'], /auto, docker, process/],
    [['--exclude-preset', 'mac'], /nas/],
    [['--db-name', '../x.db'], /file name/],
    [['--no-such-option'], /unknown option/],
    [['--fast-start', '--measure'], /'--fast-start' cannot be used with option '--measure'/],
  ])('%j: exit 64 and what is allowed', async (args, message) => {
    const dataDir = freshDataDir();
    const { status, err } = await cli(['scan', mount, 'M', '--data-dir', dataDir, ...args]);
    expect(status).toBe(64);
    expect(err).toMatch(message);
    expect(existsSync(dataDir)).toBe(false);
  });

  it.each([[['scan']], [['scan', '/tmp']], [['scan', '', 'M']], [['scan', '/tmp', '']], [['nonsense']], [[]]])(
    '%j: exit 64',
    async (args) => {
      expect((await cli(args)).status).toBe(64);
    },
  );
});

describe('names and daemons', () => {
  it('refuses a mount name that stands for another path, and a path under another name: exit 64, both named', async () => {
    const dataDir = freshDataDir();
    const scan = (path: string, name: string): ReturnType<typeof cli> =>
      cli(['scan', path, name, '--data-dir', dataDir, '--runtime', 'process']);
    expect(await scan(mount, 'Mine')).toMatchObject({ status: 0 });
    const taken = await scan(join(mount, 'sub'), 'Mine');
    expect(taken.status).toBe(64);
    expect(taken.err).toContain(`"Mine" already stands for ${mount}`);
    expect(taken.err).toContain(join(mount, 'sub'));
    const renamed = await scan(mount, 'Yours');
    expect(renamed.status).toBe(64);
    expect(renamed.err).toContain('already known as "Mine"');
  });

  it('with --runtime docker and no daemon: exit 3, the endpoint and what to check', async () => {
    const dataDir = freshDataDir();
    const { status, err } = await cli(['scan', mount, 'M', '--data-dir', dataDir, '--runtime', 'docker']);
    expect(status).toBe(3);
    expect(err).toContain('unix:///nonexistent/docker.sock');
    expect(err).toContain('Check that Docker runs');
    expect(existsSync(dataDir)).toBe(false);
  });

  it('with auto and no daemon: the process runtime, and a line that says so', async () => {
    const { status, out } = await cli(['scan', mount, 'M', '--data-dir', freshDataDir()]);
    expect(status).toBe(0);
    expect(out).toContain('No Docker daemon at unix:///nonexistent/docker.sock: using the embedded process runtime.');
  });

  it('stats, certificates and monitor of nothing: exit 3 or 64 and a sentence', async () => {
    const dataDir = freshDataDir();
    const stats = await cli(['stats', '--data-dir', dataDir]);
    expect(stats.status).toBe(3);
    expect(stats.err).toContain('There is no catalog');
    expect(existsSync(dataDir)).toBe(false);
    await cli(['scan', mount, 'M', '--data-dir', dataDir, '--runtime', 'process']);
    expect((await cli(['stats', '--data-dir', dataDir, '--mount', 'Nope'])).status).toBe(64);
    expect((await cli(['stats', '--data-dir', dataDir, '--certificate', 'nope'])).status).toBe(64);
    expect((await cli(['monitor', '--once', '--data-dir', dataDir])).status).toBe(0);
  });
});

describe('a catalog file that is not ours', () => {
  const sqlite = (path: string, sql: string): void => {
    const db = new Sqlite(path);
    db.exec(sql);
    db.close();
  };
  const ORIGINAL = `CREATE TABLE files(id INTEGER PRIMARY KEY, path TEXT UNIQUE, size INTEGER, mtime REAL, checksum TEXT,
    mount_point TEXT, file_type TEXT, extension TEXT, scan_time TEXT); INSERT INTO files(path, size) VALUES ('/mnt/a', 1);`;
  it.each([
    ['text', 'CATALOG_NOT_SQLITE', (path: string) => writeFileSync(path, 'My diary. '.repeat(100))],
    ['another program’s', 'CATALOG_FOREIGN', (path: string) => sqlite(path, 'CREATE TABLE bookmarks(url TEXT)')],
    ['the original’s', 'CATALOG_ORIGINAL', (path: string) => sqlite(path, ORIGINAL)],
    [
      'the original’s in WAL mode',
      'CATALOG_ORIGINAL',
      (path: string) => sqlite(path, `PRAGMA journal_mode = WAL; ${ORIGINAL}`),
    ],
    [
      'newer',
      'CATALOG_NEWER',
      (path: string) =>
        sqlite(path, 'PRAGMA application_id = 0x536d5363; PRAGMA user_version = 999; CREATE TABLE x(y)'),
    ],
  ])('%s: exit 3, untouched byte for byte', async (_name, code, make) => {
    const dataDir = freshDataDir();
    mkdirSync(dataDir);
    const path = join(dataDir, 'smart_catalog.db');
    make(path);
    const before = hashOf(path);
    for (const args of [['scan', mount, 'M', '--runtime', 'process'], ['stats']]) {
      const { status, err } = await cli([...args, '--data-dir', dataDir]);
      expect(status).toBe(3);
      expect(err).toContain(code);
      expect(err).toMatch(/Update|Move it away|--db-name/);
    }
    expect(hashOf(path)).toBe(before);
    expect(readdirSync(dataDir)).toEqual(['smart_catalog.db']);
  });
});

describe.runIf(process.getuid?.() === 0)('a data directory that is not ours (as nobody)', () => {
  const NOBODY = 65534;
  const closed = join(base, 'closed');

  beforeAll(() => {
    chmodSync(base, 0o755);
    mkdirSync(closed, { mode: 0o700 });
  });

  it.each([['stats'], ['cleanup'], ['monitor']])(
    '%s: may not be looked at, instead of "no catalog yet"',
    async (name) => {
      const args = name === 'monitor' ? [name, '--once'] : [name];
      const { status, err } = await cli([...args, '--data-dir', join(closed, 'data')], { uid: NOBODY });
      expect(err).toMatch(/EACCES/);
      expect(err).not.toMatch(/There is no catalog|\bat .*\.mjs/);
      expect(status).toBe(3);
    },
  );

  it('scan: names the directory that can not be written', async () => {
    const dataDir = join(base, 'not', 'there');
    const { status, err } = await cli(['scan', mount, 'M', '--runtime', 'process', '--data-dir', dataDir], {
      uid: NOBODY,
    });
    expect(status).toBe(3);
    expect(err).toContain(`can't be made: ${base} can't be written (EACCES: permission denied).`);
  });
});
