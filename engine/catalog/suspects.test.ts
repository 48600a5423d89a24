import { describe, expect, it } from 'vitest';
import { DIR_STATE, FAILED_STALLED } from '../../shared/shard-schema.ts';
import type { AttemptEnd } from './api.ts';
import { isBlameful, judge } from './suspects.ts';

const stalled = { id: 1, state: DIR_STATE.failed, reason: FAILED_STALLED, syscall: 'opendir' };
const reading = { id: 1, state: DIR_STATE.reading, reason: null, syscall: null };
const normal = { alone: false, strikes: 0, last: false, rootCount: 1 };
const alone = { ...normal, alone: true };
const crashed = { outcome: 'crashed', code: 'WORKER_CRASHED' } as const;
const finished = { outcome: 'finished', code: null } as const;

describe('a directory under suspicion', () => {
  it('is tried alone after its first stall, which proves nothing', () => {
    expect(judge({ ...stalled, id: 7 }, normal, finished)).toEqual({
      strikes: 0,
      fate: 'tried-alone',
      syscall: 'opendir',
    });
    expect(judge(stalled, { ...alone, rootCount: 2 }, finished)).toMatchObject({ strikes: 0, fate: 'tried-alone' });
  });

  it('is set aside after two strikes alone, after one where it was set aside before', () => {
    expect(judge(stalled, alone, finished)).toMatchObject({ strikes: 1, fate: 'tried-alone' });
    expect(judge(stalled, { ...alone, strikes: 1 }, finished)).toMatchObject({ strikes: 2, fate: 'set-aside' });
    expect(judge(stalled, { ...alone, last: true }, finished)).toMatchObject({ strikes: 1, fate: 'set-aside' });
    expect(judge(reading, { ...alone, strikes: 1 }, crashed)).toEqual({
      strikes: 2,
      fate: 'set-aside',
      syscall: 'crash',
    });
  });

  it('below the one that is alone begins without strikes', () => {
    expect(judge({ ...stalled, id: 2 }, { ...alone, strikes: 1 }, finished)).toMatchObject({ strikes: 0 });
  });

  it('is none where the worker was ended from outside, ran out of memory or failed otherwise', () => {
    for (const outcome of [
      'killed',
      'oom',
      'lost',
      'stopped',
      'remainder',
      'spool',
      'mount',
      'start-failed',
    ] as const) {
      const end: Pick<AttemptEnd, 'outcome' | 'code'> = { outcome, code: 'WORKER_CRASHED' };
      expect(judge(reading, alone, end)).toBeNull();
      expect(isBlameful(end)).toBe(false);
    }
    expect(judge(reading, alone, { outcome: 'crashed', code: 'SHARD_DAMAGED' })).toBeNull();
    expect(judge({ ...stalled, reason: 'EACCES' }, alone, crashed)).toBeNull();
  });
});
