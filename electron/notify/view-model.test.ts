import { expect, it } from 'vitest';
import type { DesktopState } from '../../shared/desktop-state.ts';
import { desktopState as state, problem, run, snapshot } from '../../test/support/desktop-states.ts';
import { noticeChanges } from './view-model.ts';

const NOTHING = { show: [], withdraw: [] };
const failed = (chunks: number, code = 'DISK_FULL'): DesktopState =>
  state([run({ snapshot: snapshot(Array.from({ length: chunks }, () => problem({ code }))) })]);

it('tells of failures by their change, grouped by cause, and not again while nothing is new', () => {
  expect(noticeChanges(failed(38), failed(0)).show).toMatchObject([
    {
      key: 'run:r',
      title: 'Videos: 38 chunks failed, one cause',
      body: 'Docker is out of space.',
      destination: { place: 'doctor', symptom: 'failed', runId: 'r' },
    },
  ]);
  expect(noticeChanges(failed(38), failed(38))).toEqual(NOTHING);
});

it('leads to the chunk where it is only one', () => {
  expect(noticeChanges(failed(1), failed(0)).show).toMatchObject([
    {
      title: 'Videos: 1 chunk failed',
      body: 'films: Docker is out of space.',
      destination: { place: 'scans', runId: 'r', tab: 'progress', chunkId: 1 },
    },
  ]);
});

it('is no storm where hundreds fail one after the other: again only at twice as many, or of another cause', () => {
  const told = Array.from({ length: 300 }, (_, index) => noticeChanges(failed(index + 1), failed(index)).show.length);
  expect(told.reduce((sum, one) => sum + one, 0)).toBe(9);
  const other = state([
    run({ snapshot: snapshot([problem(), problem(), problem({ code: 'OUT_OF_MEMORY', text: 'Too little memory.' })]) }),
  ]);
  expect(noticeChanges(other, failed(2)).show).toMatchObject([
    { title: 'Videos: 3 chunks failed, 2 causes', body: 'Docker is out of space.\nToo little memory.' },
  ]);
});

it('says nothing of a kind that was switched off, and withdraws what was dismissed', () => {
  const { settings } = failed(1);
  const silent = { ...failed(1), settings: { ...settings, notices: { ...settings.notices, problems: false } } };
  expect(noticeChanges(silent, failed(0)).show).toEqual([]);
  expect(noticeChanges(state([]), failed(1)).withdraw).toContain('run:r');
});

it('tells that a host is lost only after a minute, once, and withdraws it when it is back', () => {
  const lost = (forMs: number): DesktopState =>
    state([run({ snapshot: snapshot([], { hostLostAtMs: 1_000, updatedAtMs: 1_000 + forMs }) })]);
  expect(noticeChanges(lost(59_000), state([run()]))).toEqual(NOTHING);
  expect(noticeChanges(lost(61_000), lost(59_000)).show).toMatchObject([{ key: 'host:r', kind: 'host' }]);
  expect(noticeChanges(lost(90_000), lost(61_000))).toEqual(NOTHING);
  expect(noticeChanges(state([run()]), lost(90_000))).toEqual({ show: [], withdraw: ['host:r'] });
});

it('tells that a full disk pauses a scan, and withdraws it when that is over', () => {
  const disk = { kind: 'disk', text: 'the disk of the catalog is full', sinceMs: 1 } as const;
  const paused = state([run({ snapshot: snapshot([], { phase: 'paused', pauses: [disk] }) })]);
  expect(noticeChanges(paused, state([run()])).show).toMatchObject([
    { key: 'pause:r', title: 'Videos is paused', body: expect.stringContaining(disk.text) as string },
  ]);
  expect(noticeChanges(state([run()]), paused)).toEqual({ show: [], withdraw: ['pause:r'] });
});

it('tells why a scan could not start, but nothing where it was stopped on request', () => {
  const refused = (code: 'MOUNT_NOT_FOUND' | 'INTERRUPTED'): DesktopState =>
    state([run({ phase: 'refused', error: { code, message: 'It is not there.', hint: 'Look.', evidence: {} } })]);
  const before = state([run({ phase: 'starting', snapshot: null })]);
  expect(noticeChanges(refused('MOUNT_NOT_FOUND'), before).show).toMatchObject([
    { title: 'Videos was not scanned', body: 'It is not there. Look.' },
  ]);
  expect(noticeChanges(refused('INTERRUPTED'), before).show).toEqual([]);
});

it('tells of scans that were broken off before, once, with a way to the doctor, and no more when one goes on', () => {
  const unread = state([], [], { unfinished: null });
  const found = state([], [], { unfinished: [{ scanId: 's', mountName: 'Videos' }] });
  expect(noticeChanges(found, unread).show).toMatchObject([
    {
      key: 'unfinished:s',
      title: 'Videos: its scan was broken off',
      destination: { place: 'doctor', symptom: 'stuck', scanId: 's' },
    },
  ]);
  expect(noticeChanges(found, found)).toEqual(NOTHING);
  // Who stops a scan now knows of it.
  expect(noticeChanges(found, state([])).show).toEqual([]);
  expect(noticeChanges(state([run()], [], { unfinished: found.unfinished }), found).withdraw).toContain('unfinished:s');
});

it('a scan that found less than it should leads to the doctor, although it ended in order', () => {
  const ended = (entries: object, more: object = {}): DesktopState => {
    const certificate = { entries, gapCount: 0, interrupted: false, published: true, unpublishedReason: null, ...more };
    return state([run({ phase: 'ended', snapshot: snapshot([], { certificate } as unknown as object) })]);
  };
  const told = (now: DesktopState): unknown => noticeChanges(now, state([run()])).show;
  const missing = { place: 'doctor', symptom: 'missing', runId: 'r' };
  expect(told(ended({ files: 0, excluded: 9 }))).toMatchObject([
    { title: 'Videos: nothing is inventoried', destination: missing },
  ]);
  const reason = 'it has less than half of the entries';
  expect(told(ended({ files: 5, excluded: 0 }, { published: false, unpublishedReason: reason }))).toMatchObject([
    {
      title: 'Videos: the inventory stays as it was',
      body: expect.stringContaining(reason) as string,
      destination: missing,
    },
  ]);
  expect(told(ended({ files: 5, excluded: 2 }))).toMatchObject([
    { title: 'Videos: all of it is inventoried', destination: { place: 'scans' } },
  ]);
});
