import { describe, expect, it } from 'vitest';
import type { CheckInfo, CheckResult, Diagnosis, Finding, Fix } from '../../shared/diagnosis.ts';
import { SmartScannerError, errorToJson } from '../../shared/errors.ts';
import { announcement, buttonsOf, diskWords, quietWords, wellWords } from '../words/doctor-words.ts';
import { causesLeft, next, REFUSED, START, type DoctorInput, type DoctorView } from './doctor-machine.ts';

const check = (id: string, wakesDisks = false): CheckInfo => ({
  id,
  title: id,
  category: 'scan',
  wakesDisks,
  cost: 'one call',
});
const result = (id: string, verdict: CheckResult['verdict'] = 'ok'): CheckResult => ({
  id,
  title: id,
  category: 'scan',
  verdict,
  said: `${id} was looked at.`,
  durationMs: 1,
  findings: [],
});
const fix: Fix = {
  id: 'retry',
  label: 'Retry 3 failed chunks',
  changes: true,
  consequence: 'Tries only what failed.',
  verify: 'Its certificate tells.',
  action: { do: 'build-image' },
  copy: null,
};
const finding = (key: string, severity: Finding['severity'] = 'problem', more: Partial<Finding> = {}): Finding => ({
  id: key,
  key,
  severity,
  title: `Title of ${key}`,
  seen: `${key} was seen.`,
  means: '',
  confidence: 'certain',
  evidence: [],
  fixes: [fix],
  advice: [],
  checks: ['gaps'],
  section: '',
  explains: [],
  ...more,
});
const diagnosis = (findings: readonly Finding[], checks: readonly CheckResult[] = [result('gaps')]): Diagnosis => ({
  startedAtMs: 0,
  durationMs: 1,
  checks,
  findings,
  muted: [],
  summary: '',
});
const looked = (...findings: Finding[]): DoctorInput => ({
  kind: 'news',
  news: { kind: 'looked', diagnosis: diagnosis(findings) },
});
const fixed = (isFixed: boolean, then: Finding | null = null): DoctorInput => ({
  kind: 'news',
  news: {
    kind: 'fixed',
    outcome: { fixed: isFixed, said: isFixed ? 'Fixed: 3 chunks done.' : 'That wasn’t it.', next: then },
  },
});

function after(...inputs: readonly DoctorInput[]): DoctorView {
  return inputs.reduce(next, START);
}
const BEGUN: readonly DoctorInput[] = [
  { kind: 'begin', symptom: 'failed', scanId: null, host: null, refused: null },
  { kind: 'opened', opened: { session: 1, checks: [check('gaps')], held: [check('mounts', true)] } },
];

describe('the wizard', () => {
  it('shows one cause, the likeliest, although disks were not woken', () => {
    const view = after(...BEGUN, looked(finding('a'), finding('b')));
    expect(view.step).toEqual({ name: 'cause', key: 'a' });
    expect(quietWords(view)).toBe('1 other finding, 1 check fine, 1 not run');
  });

  it('asks before disks are woken, and only where nothing explains the trouble', () => {
    const asked = after(...BEGUN, looked());
    expect(asked.step.name).toBe('asking');
    expect(diskWords(asked.held.length)).toContain('so far. 1 check is left: it reads a little from your shares');
    expect(diskWords(2)).toContain('2 checks are left: they read');
    expect(after(...BEGUN, looked(finding('small', 'warning'))).step.name).toBe('asking');
    const slept = after(...BEGUN, looked(finding('small', 'warning')), { kind: 'let-sleep' });
    expect(slept.step).toEqual({ name: 'cause', key: 'small' });
    const woken = after(...BEGUN, looked(), { kind: 'wake' });
    expect(woken).toMatchObject({ woken: true, step: { name: 'looking' }, results: {} });
  });

  it('leads from a fix that did not help to the next likely cause, and never back to the one before', () => {
    const pressed = [...BEGUN, looked(finding('a'), finding('b')), { kind: 'press', fix } as const];
    const next1 = after(...pressed, fixed(false, finding('b')));
    expect(next1).toMatchObject({ step: { name: 'cause', key: 'b' }, note: 'That wasn’t it.' });
    const end = after(...pressed, fixed(false), { kind: 'press', fix }, fixed(false), { kind: 'let-sleep' });
    expect(end.step.name).toBe('well');
    expect(wellWords(end).title).toBe('There is no other cause to try.');
  });

  it('takes up a cause that a fix has brought to light', () => {
    const view = after(...BEGUN, looked(finding('a')), { kind: 'press', fix }, fixed(false, finding('deeper')));
    expect(view.step).toEqual({ name: 'cause', key: 'deeper' });
  });

  it('takes up what is left of a cause of which a part was mended', () => {
    const pressed = [...BEGUN, looked(finding('lost:A:B')), { kind: 'press', fix } as const];
    const view = after(...pressed, fixed(true, finding('lost:B')));
    expect(view.step.name).toBe('fixed');
    expect(causesLeft(view).map(({ key }) => key)).toEqual(['lost:B']);
  });

  it('says fixed only after its checks have looked again, and what is left', () => {
    const pressed = after(...BEGUN, looked(finding('a'), finding('b')), { kind: 'press', fix });
    expect(pressed.step).toMatchObject({ name: 'treating', key: 'a', runId: null });
    const running = next(pressed, { kind: 'news', news: { kind: 'run', runId: 'r' } });
    const done = next(running, fixed(true));
    expect(done.step).toEqual({ name: 'fixed', said: 'Fixed: 3 chunks done.', runId: 'r' });
    expect(causesLeft(done).map(({ key }) => key)).toEqual(['b']);
  });

  it('looks again after somebody did something by hand: fixed, still so, or not to be told', () => {
    const again = [...BEGUN, looked(finding('a')), { kind: 'again', rechecks: 'a' } as const];
    expect(after(...again, looked()).step.name).toBe('fixed');
    expect(after(...again, looked(finding('a')))).toMatchObject({
      step: { name: 'cause', key: 'a' },
      note: 'Still so: Title of a.',
    });
    const gone = (key: string): Finding => finding(key, 'problem', { id: 'mount-missing' });
    const both = [
      ...BEGUN,
      looked(gone('mount-missing:A:B')),
      { kind: 'again', rechecks: 'mount-missing:A:B' } as const,
    ];
    expect(after(...both, looked(gone('mount-missing:B'))).step).toEqual({ name: 'cause', key: 'mount-missing:B' });
    const blind: DoctorInput = {
      kind: 'news',
      news: { kind: 'looked', diagnosis: diagnosis([], [result('gaps', 'unknown')]) },
    };
    expect(after(...again, blind).step.name).toBe('asking');
  });

  it('keeps the cause where its fix could not be done, and says why', () => {
    const error = errorToJson(new SmartScannerError('SCAN_RUNNING', 'It runs.'));
    const broke: DoctorInput = { kind: 'news', news: { kind: 'broke', during: 'fix', error } };
    const view = after(...BEGUN, looked(finding('a')), { kind: 'press', fix }, broke);
    expect(view).toMatchObject({ step: { name: 'cause', key: 'a' }, error: { code: 'SCAN_RUNNING' } });
  });

  it('leaves out what was muted, and shows it again when asked', () => {
    const muted = after(...BEGUN, looked(finding('a'), finding('b')), { kind: 'muted', key: 'a' });
    expect(muted.step).toEqual({ name: 'cause', key: 'b' });
    expect(muted.diagnosis?.muted.map(({ key }) => key)).toEqual(['a']);
    expect(next(muted, { kind: 'unmuted', key: 'a' }).diagnosis?.findings.map(({ key }) => key)).toEqual(['b', 'a']);
  });

  it('takes a scan that was refused for its own cause where nothing explains it, and tries it again', () => {
    const error = errorToJson(new SmartScannerError('MOUNT_NOT_FOUND', '/mnt/x does not exist.', { hint: 'Look.' }));
    const refused = { runId: 'r', mountName: 'X', mountPath: '/mnt/x', error };
    const begun: readonly DoctorInput[] = [
      { kind: 'begin', symptom: 'missing', scanId: null, host: null, refused },
      ...BEGUN.slice(1),
    ];
    expect(after(...begun, looked(finding('a'))).step).toEqual({ name: 'cause', key: 'a' });
    const view = after(...begun, looked(finding('small', 'warning')));
    expect(view.step).toEqual({ name: 'cause', key: REFUSED });
    expect(causesLeft(view)[0]).toMatchObject({ seen: '/mnt/x does not exist.', advice: ['Look.'] });
    const again = next(view, { kind: 'retry', fix });
    expect(next(again, { kind: 'retried', error, said: '' })).toMatchObject({ step: { name: 'cause', key: REFUSED } });
    expect(next(again, { kind: 'retried', error: null, said: 'All of X.' }).step).toMatchObject({ name: 'fixed' });
  });

  it('tells nothing of a fix to a step that does not wait for one', () => {
    expect(after(...BEGUN, fixed(true)).step.name).toBe('looking');
    expect(after(...BEGUN, looked(finding('a')), { kind: 'news', news: { kind: 'run', runId: 'r' } }).step.name).toBe(
      'cause',
    );
  });

  it('lists a bundle anew when names are to be hidden', () => {
    const listed = after({ kind: 'to-bundle' }, { kind: 'listed', bundle: [{ name: 'a', bytes: 1, what: 'b' }] });
    expect(next(listed, { kind: 'hash', hashPaths: true })).toMatchObject({ hashPaths: true, bundle: null });
    expect(next(listed, { kind: 'saved', path: null })).toMatchObject({ saved: null, bundle: [{ name: 'a' }] });
  });
});

describe('the words of the wizard', () => {
  it('offer one thing to press, and what is to be copied apart', () => {
    const copy: Fix = { ...fix, id: 'copy', action: null, copy: 'umount -l /mnt' };
    const other: Fix = { ...fix, id: 'other' };
    expect(buttonsOf(finding('a', 'problem', { fixes: [copy, fix, other] }))).toEqual({
      primary: fix,
      others: [other],
      copies: [copy],
    });
    expect(buttonsOf(finding('a', 'problem', { fixes: [] })).primary).toBeNull();
  });

  it('let a screen reader hear what changes, not each check', () => {
    const begun = after(...BEGUN);
    const one = next(begun, { kind: 'news', news: { kind: 'result', result: result('gaps', 'problem') } });
    expect(announcement(begun)).toBe('Looking for the cause.');
    expect(announcement(one)).toBe('1 check found a problem so far.');
    expect(announcement(next(one, looked(finding('a'))))).toBe('The cause: Title of a. a was seen.');
  });

  it('never call well what could not be seen', () => {
    const blind: DoctorInput = {
      kind: 'news',
      news: { kind: 'looked', diagnosis: diagnosis([], [result('gaps', 'unknown'), result('space')]) },
    };
    const view = after(...BEGUN, blind, { kind: 'let-sleep' });
    expect(wellWords(view)).toEqual({
      title: 'Nothing wrong was found, but not everything answered.',
      text: '1 check of 2 could not look. 1 check would have woken disks.',
    });
    expect(wellWords(after(...BEGUN, looked(), { kind: 'let-sleep' })).title).toBe('Nothing is wrong here.');
  });
});
