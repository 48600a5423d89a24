import { describe, expect, it } from 'vitest';
import { defaultSettings, type ScanSettings } from '../../../shared/settings.ts';
import type { ProbeResult } from '../../../shared/worker-protocol.ts';
import type { ExaminedScanRow } from '../../catalog/examine.ts';
import type { LiveScan } from '../../app/app.ts';
import type { DaemonLook, RuntimeInfo } from '../../runtime/runtime.ts';
import { CHECKS } from '../checks.ts';
import { KINDS } from '../kinds.ts';
import type { DaemonState, Look } from '../look.ts';
import { SYMPTOMS } from '../../../shared/diagnosis.ts';
import { clock, daemon, dockerDisk, image } from './host.ts';
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
