import { describe, expect, it } from 'vitest';
import type { Certificate } from '../../shared/certificate.ts';
import type { MountView } from '../../shared/desktop-state.ts';
import type { HostView } from '../../shared/hosts.ts';
import type { Plain } from '../../shared/plain.ts';
import { nameFromBytes } from '../../shared/names.ts';
import { cellAt, gridFor } from '../places/scans/chunk-layout.ts';
import { fractionOf, largestOf, sizeOf } from '../places/files/measures.ts';
import { lookAt } from './log-words.ts';
import { below, crumbs, nameForMount, parentOf, shown, wholePath } from './path-words.ts';
import { nearest } from '../parts/nearest.ts';
import { certificateSentence, overviewSentence } from './scan-words.ts';
import { stateOfMount } from './host-words.ts';
import { ago, lasting, roughly } from './time-words.ts';

const mount = (name: string, verdict: MountView['verdict'], folders = 0, entries = 0): MountView =>
  ({ name, verdict, missing: verdict === null ? null : { folders, entries } }) as MountView;
const overview = (...mounts: MountView[]): string => overviewSentence({ mounts, runs: {}, catalogProblem: null }).text;

describe('the sentence of the overview', () => {
  it('counts what is missing, over all mount points', () => {
    expect(overview(mount('Films', 'covered'), mount('Music', 'gaps', 1))).toBe(
      'All 2 mount points are inventoried, 1 folder missing.',
    );
    expect(overview(mount('Films', 'gaps', 2, 1), mount('Music', 'gaps', 1))).toBe(
      'All 2 mount points are inventoried, 3 folders and 1 entry missing.',
    );
  });

  it('never calls complete what has a gap or no inventory', () => {
    expect(overview()).toBe('Nothing is scanned yet.');
    expect(overview(mount('Films', 'covered'))).toBe('Your mount point is inventoried, nothing is missing.');
    expect(overview(mount('Films', 'covered'), mount('Music', 'disagrees'))).toBe(
      'All 2 mount points are inventoried, Music has gaps.',
    );
    expect(overview(mount('Films', 'covered'), mount('Music', null))).toBe('1 of 2 mount points inventoried.');
  });
});

describe('the sentence of a scan that ended', () => {
  const said = (change: object): string => {
    const entries = { files: 5, excluded: 0 };
    const certificate = { verdict: 'covered', interrupted: false, gapCount: 0, published: true, entries, ...change };
    return certificateSentence('Films', certificate as unknown as Plain<Certificate>).text;
  };

  it('calls all of it inventoried only where it is', () => {
    expect(said({})).toBe('All of Films is inventoried.');
    expect(said({ published: false, unpublishedReason: 'less than half of what was there' })).toBe(
      'What was found of Films is not taken: less than half of what was there. The inventory from before stays.',
    );
    expect(said({ entries: { files: 0, excluded: 3 } })).toBe(
      'Nothing of Films is inventoried: its exclude rules leave everything out.',
    );
    expect(said({ gapCount: 2 })).toContain('2 parts');
  });
});

it('a slider stands at what was set elsewhere, or next to it', () => {
  const values = [null, 1, 2, 4, 8, 32];
  expect([null, 4, 5, 40].map((value) => nearest(values, value))).toEqual([0, 3, 3, 5]);
});

describe('paths', () => {
  it('are cut at slashes as bytes, whatever the names are', () => {
    const odd = nameFromBytes(Uint8Array.from([0x61, 0x2f, 0xff, 0x2f, 0x62]));
    expect(crumbs(odd).map(({ name }) => name)).toEqual(['a', { b64: '/w==', text: '\\xff' }, 'b']);
    expect(crumbs('')).toEqual([]);
    expect(crumbs('x/y').map(({ path }) => path)).toEqual(['x', 'x/y']);
  });

  it('lead up and down, and name a mount point', () => {
    expect([parentOf('/mnt/user'), parentOf('/mnt'), parentOf('/')]).toEqual(['/mnt', '/', null]);
    expect([below('/', 'mnt'), below('/mnt', 'x')]).toEqual(['/mnt', '/mnt/x']);
    expect([nameForMount('/mnt/user/Films/'), nameForMount('/'), nameForMount('C:\\Films')]).toEqual([
      'Films',
      '',
      'Films',
    ]);
  });
});

it('names that would break a line or turn it around show what is in them', () => {
  expect(shown('a\nb\u202egnp.exe')).toBe('a␊b\\u{202e}gnp.exe');
  expect([wholePath('/mnt/x/', 'a/b'), wholePath('/', 'a'), wholePath('/mnt/x', '')]).toEqual([
    '/mnt/x/a/b',
    '/a',
    '/mnt/x',
  ]);
});

describe('the log', () => {
  const line = '2026-01-31 18:05:09 - ERROR - STALL chunk 3: (a) waits';
  it('is taken apart, and what is no line of it stays whole', () => {
    expect(lookAt(line)).toMatchObject({
      level: 'ERROR',
      time: '2026-01-31 18:05:09',
      text: 'STALL chunk 3: (a) waits',
    });
    expect(lookAt('  a trace')).toMatchObject({ level: null, time: '', text: '  a trace' });
    for (const whole of [line, '[2026-01-31 18:05:09.123] [error]  (a) waits']) {
      const { textAt, levelAt, text } = lookAt(whole);
      expect(whole.slice(textAt)).toBe(text);
      expect(whole.slice(levelAt ?? 0, (levelAt ?? 0) + 5).toUpperCase()).toBe('ERROR');
    }
  });

  it('of the app itself has its own form', () => {
    expect(lookAt('[2026-01-31 18:05:09.123] [warn]  The window hangs')).toMatchObject({
      level: 'WARNING',
      time: '2026-01-31 18:05:09',
      text: 'The window hangs',
    });
  });
});

describe('the map of chunks', () => {
  it('shows ten thousand within its height, and finds every cell under a pointer', () => {
    const grid = gridFor(10_000, 900);
    expect(grid.rows * grid.columns).toBeGreaterThanOrEqual(10_000);
    const step = grid.cell + grid.gap;
    for (const index of [0, 1, grid.columns - 1, grid.columns, 9_999]) {
      const x = (index % grid.columns) * step + 1;
      const y = Math.floor(index / grid.columns) * step + 1;
      expect(cellAt(grid, 10_000, x, y)).toBe(index);
    }
    expect(cellAt(grid, 10_000, grid.columns * step + 1, 0)).toBeNull();
    expect(cellAt(gridFor(3, 900), 3, 200, 0)).toBeNull();
  });

  it('has large cells for few', () => {
    expect(gridFor(4, 900)).toMatchObject({ cell: 22, rows: 1 });
  });
});

it('sizes stay exact beyond what a number holds', () => {
  const huge = { apparentBytes: '9007199254740993', allocatedBytes: '9007199254740995' };
  expect(sizeOf(huge, 'apparentBytes')).toBe(9007199254740993n);
  expect(sizeOf(huge, 'chargedBytes')).toBe(9007199254740995n);
  expect(fractionOf(1n, largestOf([2n, 4n]))).toBe(0.25);
  expect(fractionOf(0n, 0n)).toBe(0);
});

it('ages are told in the largest unit that fits', () => {
  const day = 86_400_000;
  expect([ago(0, 30_000), ago(0, 3 * 3_600_000), ago(0, day), ago(0, 800 * day)]).toEqual([
    'just now',
    '3 hours ago',
    'yesterday',
    '2 years ago',
  ]);
});

describe('how long something takes', () => {
  it('is told in whole seconds, what is left as coarsely as it is guessed', () => {
    expect([0, 400, 3_499, 61_400].map(lasting)).toEqual(['1s', '1s', '3s', '1m 1s']);
    expect([900, 39_800, 93_000, 754_321, 12_345_678].map(roughly)).toEqual(['5s', '40s', '1m 30s', '13m', '3h 30m']);
  });
});

describe('the host of an inventory', () => {
  const host = (key: string, ids: string[], state: 'ready' | 'failed' | 'unknown'): HostView =>
    ({ key, kind: 'docker', source: 'added', host: key, ids, look: { state, atMs: 0 } }) as unknown as HostView;
  const state = (...views: HostView[]): string =>
    stateOfMount(
      { hostKind: 'docker', hostIds: ['daemon-1', 'machine-1'] },
      Object.fromEntries(views.map((view) => [view.key, view])),
      {},
    ).text;

  it('is the one that calls itself so, whichever others there are', () => {
    expect(state(host('other', ['daemon-2'], 'failed'), host('tower', ['machine-1'], 'ready'))).toBe('Ready');
    expect(state(host('tower', ['machine-1'], 'failed'), host('other', ['daemon-2'], 'ready'))).toBe('Does not answer');
  });

  it('may be one that never answered, and is not in the list where none can be it', () => {
    expect(state(host('other', ['daemon-2'], 'ready'), host('new', [], 'failed'))).toBe('Does not answer');
    expect(state(host('other', ['daemon-2'], 'ready'))).toBe('Not in your list');
    expect(state()).toBe('Not asked yet');
  });
});
