import { describe, expect, it } from 'vitest';
import type { Fix, FixOutcome } from '../../shared/diagnosis.ts';
import { goOn, LOOK_AGAIN, press } from './fixes.ts';
import { outcomeOf, pressedFix } from './outcome.ts';
import { findingsOf } from './reasoning.ts';
import type { CheckResult, Diagnosis, Found } from './types.ts';

function at(id: Found['id'], mount: string, fixes: readonly Fix[] = [], about = mount): Found {
  return { id, about, mount, seen: `${id} of ${mount}.`, confidence: 'certain', evidence: [], fixes };
}

function seen(findings: readonly Found[], verdict: CheckResult['verdict'] = 'problem'): Diagnosis {
  const check: CheckResult = {
    id: 'c',
    title: 'It is well',
    category: 'scan',
    verdict,
    said: '',
    durationMs: 1,
    findings,
  };
  return { startedAtMs: 0, durationMs: 1, checks: [check], ...findingsOf([check]), summary: '' };
}

function retry(maxContainers: number): Fix {
  const action = { do: 'retry', scanId: 's', mountName: 'T', which: 'failed', changes: { maxContainers } } as const;
  return press('retry-failed:T', 'Retry', action, { consequence: '', verify: '' });
}

function outcome(before: Diagnosis, fixId: string, after: Diagnosis, ran = true): FixOutcome {
  const pressed = pressedFix(before, fixId, null);
  if (pressed === null) throw new Error(`no fix ${fixId}`);
  return outcomeOf({ ...pressed, before, after, done: '1 chunk done', ran });
}

describe('which fix is pressed', () => {
  const cards = seen([at('disk-errors', 'T', [retry(1)]), at('gaps-permission', 'T', [retry(2)])]);

  it('that of the card, not of the first one whose fix is called alike', () => {
    for (const { key, id, fixes } of cards.findings) {
      const [shown] = fixes;
      const pressed = pressedFix(cards, shown?.id ?? '', key);
      expect(pressed?.findings.map((one) => one.id)).toEqual([id]);
      expect(pressed?.fix.action).toEqual(shown?.action);
    }
    expect(new Set(cards.findings.map(({ fixes }) => fixes[0]?.id)).size).toBe(2);
  });

  it('also where the card before it is gone by now, and never one of another card', () => {
    const [first, second] = cards.findings;
    const shown = second?.fixes[0]?.id ?? '';
    expect(shown).not.toBe('retry-failed:T');
    const left = seen([at('gaps-permission', 'T', [retry(2)])]);
    expect(left.findings[0]?.fixes[0]?.id).toBe('retry-failed:T');
    expect(pressedFix(left, shown, second?.key ?? '')?.fix.action).toMatchObject({ changes: { maxContainers: 2 } });
    expect(pressedFix(left, 'retry-failed:T', first?.key ?? '')).toBeNull();
  });

  it('looking again is for all that can change by itself', () => {
    const both = seen([at('mount-missing', 'A', [LOOK_AGAIN]), at('mount-gone', 'B', [LOOK_AGAIN])]);
    expect(pressedFix(both, 'look-again', null)?.findings).toHaveLength(2);
    const after = seen([at('mount-gone', 'B', [LOOK_AGAIN])]);
    const said = outcome(both, 'look-again', after, false);
    expect(said).toMatchObject({ fixed: false, said: expect.stringMatching(/^Still so: /u) as string });
  });
});

describe('whether it helped', () => {
  const abandoned = (mount: string): Found =>
    at('scan-abandoned', mount, [goOn({ mountName: mount })], `scan of ${mount}`);

  it('is asked of what it was for: one of two abandoned scans is cured, and the other is next', () => {
    const before = seen([abandoned('A'), abandoned('B')]);
    expect(before.findings).toHaveLength(1);
    const { fixed, said, next } = outcome(before, 'resume:A', seen([abandoned('B')]));
    expect([fixed, said]).toEqual([true, 'Fixed: 1 chunk done.']);
    expect(next?.key).toBe('scan-abandoned:scan of B');
    const still = outcome(before, 'resume:B', seen([abandoned('B')]));
    expect(still.said).toMatch(/^That wasn't it: 1 chunk done, and still: A scan has lost its program\./u);
  });

  it('a new scan of the same mount that ends no better is no cure', () => {
    const again = press('scan-again:T', 'Scan again', { do: 'look-again' }, { consequence: '', verify: '' });
    const before = seen([at('scan-not-published', 'T', [{ ...again, action: { do: 'build-image' } }], 'scan 1')]);
    expect(outcome(before, 'scan-again:T', seen([at('scan-not-published', 'T', [], 'scan 2')])).fixed).toBe(false);
    expect(outcome(before, 'scan-again:T', seen([at('scan-not-published', 'U', [], 'scan 3')])).fixed).toBe(true);
  });

  it('a gap that is there still, or instead, is no cure', () => {
    const before = seen([at('chunks-failed', 'T', [retry(1)])]);
    expect(outcome(before, 'retry-failed:T', seen([at('gaps-permission', 'T')])).said).toBe(
      "That wasn't it: 1 chunk done, and now: Directories may not be read.",
    );
    const gaps = seen([at('gaps-permission', 'T', [retry(1)])]);
    expect(outcome(gaps, 'retry-failed:T', gaps).fixed).toBe(false);
  });

  it('what could not be looked at is neither mended nor still so', () => {
    const before = seen([at('mount-missing', 'A', [LOOK_AGAIN, retry(1)])]);
    expect(outcome(before, 'retry-failed:T', seen([], 'unknown'))).toMatchObject({
      fixed: false,
      said: 'Not known whether it helped: 1 chunk done. Could not be looked at: It is well.',
    });
    expect(outcome(before, 'look-again', seen([], 'unknown'), false).said).toBe('Could not be looked at: It is well.');
  });
});
