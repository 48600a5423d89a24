import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { defaultSettings, type ScanSettings } from '../../../shared/settings.ts';
import type { ProbeResult } from '../../../shared/worker-protocol.ts';
import type { ExaminedScan, ExaminedScanRow, Examination } from '../../catalog/examine.ts';
import type { LiveScan } from '../../app/app.ts';
import type { DaemonLook, RuntimeInfo } from '../../runtime/runtime.ts';
import { CHECKS } from '../checks.ts';
import { KINDS } from '../kinds.ts';
import { PATTERNS } from '../log-patterns.ts';
import { usesDocker, type DaemonState, type Look } from '../look.ts';
import { readLog } from '../scan-logs.ts';
import type { Check, Seen } from '../types.ts';
import { attempts, exitMeaning } from './attempts.ts';
import { catalogFile, catalogIntegrity, originalCatalog } from './catalog.ts';
import { SYMPTOMS } from '../../../shared/diagnosis.ts';
import { clock, daemon, dockerDisk, image } from './host.ts';
import { logPatterns } from './logs.ts';
import { judgeSpeed } from './mounts.ts';
import { judgePause } from './pauses.ts';
import { judgeSettings } from './settings.ts';
import { judgeSpeedOf } from './speed.ts';

describe('the list of checks', () => {
  it('finds everything that there is to find, and nothing that nobody can look up', () => {
    const found = new Set(CHECKS.flatMap(({ finds }) => finds));
    expect([...found].sort()).toEqual(Object.keys(KINDS).sort());
  });

  it('each symptom looks with checks that exist', () => {
    const known = CHECKS.map(({ id }) => id);
    for (const { label, checks } of SYMPTOMS) for (const id of checks ?? []) expect(known, label).toContain(id);
  });
});

describe('settings', () => {
  const judge = (changes: Partial<ScanSettings>): string[] =>
    judgeSettings(
      { mountName: 'M', mountPath: '/m', settings: { ...defaultSettings(), ...changes } },
      { cpus: 4, memoryBytes: 8 * 1024 ** 3 },
    ).map(({ id }) => id);

  it.each<[string[], Partial<ScanSettings>]>([
    [[], {}],
    [['threads-many'], { threads: 32, maxContainers: 16 }],
    [['limits-clamped'], { cpus: 16 }],
    [['limits-clamped'], { memoryBytes: 64 * 1024 ** 3 }],
    [[], { cpus: 2 }],
    [['stall-timeout-short'], { stallTimeoutMs: 5_000 }],
    [['analysis-timeout-short'], { analysisTimeoutMs: 60_000 }],
    [[], { analysisTimeoutMs: 60_000, planWay: 'fast-start' }],
    [['window-narrow'], { window: { from: 60, to: 75 } }],
    [[], { window: { from: 1_320, to: 360 } }],
    [[], { window: { from: 0, to: 1_440 } }],
    [['window-narrow'], { window: { from: 1_430, to: 10 } }],
  ])('%j', (ids, changes) => {
    expect(judge(changes)).toEqual(ids);
  });
});

describe('a host', () => {
  const info = { cpus: 4, description: 'Docker', warning: null } as RuntimeInfo;
  const well: DaemonLook = {
    version: '27',
    apiVersion: '1.43',
    storageDriver: 'overlay2',
    rootDir: '/var/lib/docker',
    rootSpace: { freeBytes: 50e9, totalBytes: 100e9 },
    clockAheadMs: 100,
    warnings: [],
    image: { name: 'smart-scanner', state: 'present', base: 'node', baseIsThere: true },
    ours: { containers: 3, running: 0, images: 1, imageBytes: 200e6 },
  };
  const lookAt = (changes: Partial<DaemonLook>): Look => {
    const state: DaemonState = { reached: true, info, look: { ...well, ...changes } };
    return { daemon: () => Promise.resolve(state) } as Look;
  };

  it.each([
    [clock, {}, []],
    [clock, { clockAheadMs: -600_000 }, ['clock-skew']],
    [daemon, {}, []],
    [daemon, { storageDriver: 'vfs' }, ['docker-storage-driver']],
    [dockerDisk, {}, []],
    [dockerDisk, { rootSpace: { freeBytes: 0.5e9, totalBytes: 20e9 } }, ['docker-disk-full']],
    [image, {}, []],
    [image, { image: { ...well.image, state: 'missing' as const } }, []],
    [image, { image: { ...well.image, state: 'foreign' as const } }, ['image-foreign']],
    [image, { image: { ...well.image, state: 'missing' as const, baseIsThere: false } }, ['image-base-missing']],
  ])('%o: %j', async (check, changes, ids) => {
    const { findings } = await check.run(lookAt(changes), new AbortController().signal);
    expect(findings.map(({ id }) => id)).toEqual(ids);
  });
});

it('a slow mount: another on the same disk tells whether it is the disk or the directory', () => {
  const at = (name: string): Parameters<typeof judgeSpeed>[0] => ({
    name,
    path: `/mnt/disk4/${name}`,
    hostKind: 'docker',
    hostName: 'tower',
    hostIds: ['x'],
    publishedEntries: 1,
  });
  const probe = (p95Ms: number, device: string): ProbeResult =>
    ({ filesystem: 'xfs', device, lstat: { samples: 100, p50Ms: 1, p95Ms, maxMs: 900 } }) as ProbeResult;
  const seen = (other: ProbeResult): string | undefined =>
    judgeSpeed(at('Old'), probe(200, '4'), [
      { mount: at('Old'), probe: probe(200, '4') },
      { mount: at('New'), probe: other },
    ])[0]?.seen;
  expect(seen(probe(300, '4'))).toContain('So does New on the same disk: it is the disk.');
  expect(seen(probe(1, '4'))).toContain('it is the directory, not the disk');
  expect(seen(probe(1, '5'))).not.toContain('same disk');
});

describe('pauses', () => {
  const judge = (pauses: LiveScan['snapshot']['pauses'], paused = 0): ReturnType<typeof judgePause> => {
    const snapshot = { mountName: 'M', scanId: 's', pauses, chunks: { paused, running: 0, done: 1 } };
    return judgePause({ snapshot } as unknown as LiveScan, 60_000);
  };

  it.each([
    ['asked', 'unpause:M'],
    ['window', 'any-hour:M'],
    ['yield', 'yield-to-none:M'],
    ['disk', 'look-again'],
  ] as const)('%s: %s', (kind, fix) => {
    expect(judge([{ kind, text: 'why', sinceMs: 0 }])?.fixes?.[0]?.id).toBe(fix);
  });

  it('chunks that were put off by hand, and nothing else to do', () => {
    expect(judge([], 2)?.id).toBe('scan-paused');
    expect(judge([])).toBeNull();
  });
});

it('slower than last time: by half, and where there is enough to tell', () => {
  const row = (files: number, seconds: number, before = { files: 0, seconds: 0 }): ExaminedScanRow => ({
    scanId: 's',
    mountName: 'M',
    owner: 'me@here',
    open: false,
    alive: false,
    finished: true,
    startedAtMs: 0,
    finishedAtMs: seconds * 1000,
    files,
    filesBefore: before.files,
    wentOnAtMs: before.seconds * 1000,
  });
  expect(judgeSpeedOf(row(1_000_000, 1_000), row(1_000_000, 100))?.id).toBe('scan-slower');
  expect(judgeSpeedOf(row(1_000_000, 150), row(1_000_000, 100))).toBeNull();
  expect(judgeSpeedOf(row(100, 1_000), row(1_000_000, 100))).toBeNull();
  // It lay still for days, or went on with other settings: what counts is what it has done since.
  const wentOn = { files: 10_000, seconds: 100_000 };
  expect(judgeSpeedOf(row(1_010_000, 100_100, wentOn), row(1_000_000, 100))).toBeNull();
  expect(judgeSpeedOf(row(1_010_000, 101_000, wentOn), row(1_000_000, 100))?.id).toBe('scan-slower');
  expect(judgeSpeedOf(row(10_100, 101_000, wentOn), row(1_000_000, 100))).toBeNull();
});

describe('the log of a scan that the catalog knows', () => {
  const matches = new Map(
    ['worker-out-of-memory', 'directory-stalls', 'database-locked'].map((id) => {
      const pattern = PATTERNS.find(({ finds }) => finds === id);
      if (pattern === undefined) throw new Error(id);
      return [pattern, { count: 1, examples: [id], groups: [] }];
    }),
  );
  const log = { path: '/data/logs/a.log', lines: 3, matches, errors: { count: 3, examples: [] }, ended: true };
  const told = async (scan: Partial<ExaminedScan>): Promise<string[]> => {
    const ours = { scan: { mountName: 'M', logPath: '/data/logs/a.log', runtime: 'process', failures: [], ...scan } };
    const look = {
      log: () => Promise.resolve(log),
      catalog: () => Promise.resolve({ ours }),
      live: () => Promise.resolve([]),
      nowMs: 0,
    } as unknown as Look;
    const { findings } = await logPatterns.run(look, new AbortController().signal);
    return findings.map(({ id }) => id);
  };
  const all = ['worker-out-of-memory', 'directory-stalls', 'database-locked', 'log-errors'];

  it.each<[string, string[], Partial<ExaminedScan>]>([
    ['of what was tried again while it runs', ['database-locked'], { state: 'open', alive: true }],
    ['of what was got over in the end', ['database-locked', 'log-errors'], { state: 'finished', alive: false }],
    ['of what may have broken it off', all, { state: 'interrupted', alive: false }],
    ['of another scan', all, { state: 'open', alive: true, logPath: '/data/logs/b.log' }],
  ])('%s', async (_what, ids, scan) => {
    expect((await told(scan)).sort()).toEqual([...ids].sort());
  });
});

it('an attempt that was tried again and helped is no problem of a scan that has ended with a gap elsewhere', async () => {
  const failure = { outcome: 'oom', exitCode: 137, code: 'WORKER_OOM', reason: null, attempts: 1, chunks: 1 };
  const ids = async (failedChunks: number, state: ExaminedScan['state']): Promise<string[]> => {
    const settings = defaultSettings();
    const scan = {
      mountName: 'M',
      state,
      alive: false,
      settings,
      chunks: {},
      failures: [{ ...failure, failedChunks }],
    };
    const look = { catalog: () => Promise.resolve({ ours: { scan: { ...scan, certificate: null } } }) };
    const { findings } = await attempts.run(look as unknown as Look, new AbortController().signal);
    return findings.map(({ id }) => id);
  };
  expect(await ids(0, 'finished')).toEqual([]);
  expect(await ids(1, 'finished')).toEqual(['worker-out-of-memory']);
  expect(await ids(0, 'interrupted')).toEqual(['worker-out-of-memory']);
});

it.each([
  [134, 'aborted'],
  [137, 'killed'],
  [139, 'crashed: segmentation fault'],
  [1, ''],
])('exit code %i is said in words: %s', (code, words) => {
  expect(exitMeaning(code)).toBe(words === '' ? '' : ` (${words})`);
});

it('that Docker is not there today empties no database of the original, unless its log says that it did not answer', async () => {
  const away = PATTERNS.find(({ finds }) => finds === 'docker-unreachable');
  const uses = (pattern: (typeof PATTERNS)[number] | undefined): Promise<unknown> => {
    const matches = new Map(pattern === undefined ? [] : [[pattern, { count: 1, examples: [], groups: [] }]]);
    return usesDocker({
      way: () => Promise.reject(new Error('none')),
      catalog: () => Promise.resolve({ kind: 'original', ours: null, original: { files: 0 } }),
      log: () => Promise.resolve({ matches }),
    } as unknown as Look);
  };
  expect(await uses(undefined)).toBeNull();
  expect(await uses(away)).toBe('possible');
});

describe('the catalog file', () => {
  const look = (more: Partial<Examination>, dataDir = "/data/o'1"): Look => {
    const catalog: Partial<Examination> = {
      kind: 'ours',
      bytes: 4096,
      changedAtMs: 0,
      version: 5,
      error: null,
      ours: null,
      original: null,
      walBytes: 0,
      ...more,
    };
    return {
      dataDir,
      catalogPath: `${dataDir}/smart_catalog.db`,
      catalog: () => Promise.resolve(catalog),
      integrity: () => Promise.resolve(['page 3 is torn']),
      log: () => Promise.resolve(null),
    } as unknown as Look;
  };
  const run = (check: Check, more: Partial<Examination>): Promise<Seen> =>
    check.run(look(more), new AbortController().signal);

  it('that can not be read is no catalog that is well; one that is written just now is not known', async () => {
    const broken = await run(catalogFile, { error: 'Unexpected end of JSON input' });
    expect(broken.findings).toMatchObject([{ id: 'catalog-unreadable', confidence: 'certain' }]);
    expect((await run(catalogFile, { kind: 'original', error: 'no such column' })).findings).toHaveLength(1);
    expect(await run(catalogFile, { error: 'database is locked' })).toMatchObject({ findings: [], unknown: true });
    expect(
      (await run(catalogFile, { kind: 'original', original: { files: 1, mounts: [], lastScan: null } })).findings,
    ).toEqual([]);
  });

  it('that is damaged is saved first and then moved away with all that belongs to it', async () => {
    const { findings } = await run(catalogIntegrity, {});
    const copies = findings[0]?.fixes?.map(({ copy }) => copy ?? '') ?? [];
    expect(copies[0]).toContain(`sqlite3 '/data/o'\\''1/smart_catalog.db' .recover`);
    const dir = mkdtempSync(join(tmpdir(), "doctor o'1 "));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    for (const end of ['', '-wal']) writeFileSync(join(dir, `smart_catalog.db${end}`), `db${end}`);
    const own = await catalogIntegrity.run(look({}, dir), new AbortController().signal);
    const move = own.findings[0]?.fixes?.[1]?.copy ?? '';
    execFileSync('sh', ['-c', move]);
    expect(readdirSync(dir)).toEqual(['smart_catalog.db.old']);
    expect(readdirSync(join(dir, 'smart_catalog.db.old')).sort()).toEqual(['smart_catalog.db', 'smart_catalog.db-wal']);
    // A second time it would cover what was saved.
    writeFileSync(join(dir, 'smart_catalog.db'), 'new');
    expect(() => execFileSync('sh', ['-c', move], { stdio: 'pipe' })).toThrow();
    expect(existsSync(join(dir, 'smart_catalog.db'))).toBe(true);
  });

  it('of the original that is empty: its command scans what its log says was scanned, and nothing else', async () => {
    const original = { files: 0, mounts: [], lastScan: null };
    const commandOf = async (scanned: readonly string[]): Promise<string> => {
      const log = { path: '/l', lines: 1, ended: true, errors: { count: 0, examples: [] }, lastLine: null, scanned };
      const empty = { ...look({ kind: 'original', original }), log: () => Promise.resolve(log) } as unknown as Look;
      const { findings } = await originalCatalog.run(empty, new AbortController().signal);
      return findings[0]?.fixes?.[0]?.copy ?? '';
    };
    expect(await commandOf(["/data/o'1/cache", '/mnt/user/My Films'])).toBe(
      `smart-scanner scan '/mnt/user/My Films' Files --data-dir '/data/o'\\''1' --db-name smart_scanner.db`,
    );
    expect(await commandOf([])).toContain("scan '/path/of/the/share' Files");
  });
});

it('the lines of a log that name what is scanned, with the whole of its name', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'doctor-log-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const lines = [
    'INFO - Database: /mnt/user/appdata/nas-scanner/smart_catalog.db',
    'INFO - Starting smart scan of /mnt/user/My Films',
    'WARNING - TIMEOUT analyzing /mnt/user/Old Backup after 1800 seconds',
    'INFO - SMART SCAN of /mnt/disk1/a b as "A" starts: scan x',
    'ERROR - Failed to start container for chunk 1: bind source path does not exist: /mnt/user/Filme',
    'INFO - Mount point: "/volume1/Photos"',
  ];
  const path = join(dir, 'smart_scan_20260131_180509.log');
  writeFileSync(path, lines.map((line) => `2026-01-31 18:05:09 - ${line}\n`).join(''));
  const { scanned } = await readLog(path, new AbortController().signal);
  expect(scanned).toEqual([
    '/mnt/user/My Films',
    '/mnt/user/Old Backup',
    '/mnt/disk1/a b',
    '/mnt/user/Filme',
    '/volume1/Photos',
  ]);
});

it.each([
  ['unable to open database file', ['catalog-unreadable']],
  ['disk I/O error', ['disk-errors']],
  ['database is locked', ['database-locked']],
  ['Minimum memory limit allowed is 6MB', []],
  ['Range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available.', ['limits-above-host']],
])('a log that says "%s" finds %j', (line, ids) => {
  const found = PATTERNS.filter(({ text, unless }) => text.test(line) && unless?.test(line) !== true);
  expect(found.map(({ finds }) => finds)).toEqual(ids);
});
