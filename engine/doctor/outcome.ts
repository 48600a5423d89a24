import type { Fix, FixOutcome } from '../../shared/diagnosis.ts';
import { explains, isCalled } from './reasoning.ts';
import type { Diagnosis, Finding, Found } from './types.ts';

/** A fix, and what it is pressed for. */
export interface Pressed {
  /** Of looking again, which is for all that could change by itself, every one of them; else one. */
  readonly findings: readonly [Finding, ...Finding[]];
  readonly fix: Fix;
}

/** `findingKey`: the one whose fix is meant; null: the likeliest that has it. Muted ones may be mended, too. null: there is no such fix. */
export function pressedFix(before: Diagnosis, fixId: string, findingKey: string | null): Pressed | null {
  const having = [...before.findings, ...before.muted].flatMap((finding) => {
    const fix = finding.fixes.find((one) => isCalled(one, fixId));
    return fix === undefined ? [] : [{ finding, fix }];
  });
  // What it is about may have grown or shrunk since it was shown; what it is has not.
  const isMeant = ({ finding }: { readonly finding: Finding }): boolean =>
    findingKey === null || findingKey.split(':')[0] === finding.id;
  const first = having.find(({ finding }) => finding.key === findingKey) ?? having.find(isMeant);
  if (first === undefined) return null;
  const others = having.filter((one) => one !== first && one.fix.action?.do === 'look-again').map((one) => one.finding);
  const isForAll = findingKey === null && first.fix.action?.do === 'look-again';
  return { findings: [first.finding, ...(isForAll ? others : [])], fix: first.fix };
}

export interface Tried extends Pressed {
  readonly before: Diagnosis;
  /** What its checks, and what tells how a scan ended, saw afterwards. */
  readonly after: Diagnosis;
  /** What was done, in words to be put after "Fixed: ". */
  readonly done: string;
  /** It ran a scan, which is the one that was looked at afterwards. */
  readonly ran: boolean;
}

/** Whether what was pressed has helped, as far as was seen. */
export function outcomeOf(tried: Tried): FixOutcome {
  const { findings, fix, before, after, done } = tried;
  const [first] = findings;
  const still = findings.find((finding) => isStill(tried, finding)) ?? null;
  const unseen = after.checks.filter(({ verdict }) => verdict === 'unknown').map(({ title }) => title);
  // One trouble for another is no cure.
  const worse = newProblem(after.findings, [...before.findings, ...before.muted]);
  const left = still === null ? after.findings : after.findings.filter(({ id }) => id !== still.id);
  const next = worse ?? left[0] ?? before.findings.find(({ id }) => id !== first.id) ?? null;
  const fixed = still === null && worse === null && unseen.length === 0;
  const blind = `Could not be looked at: ${unseen.join(', ')}.`;
  const said = (): string => {
    if (still === null && worse !== null) return `That wasn't it: ${done}, and now: ${worse.title}.`;
    // Nothing was done about it.
    if (fix.action?.do === 'look-again')
      return fixed ? 'Fixed: it is not found any more.' : still === null ? blind : `Still so: ${still.title}.`;
    if (fixed) return `Fixed: ${done}.`;
    if (still === null) return `Not known whether it helped: ${done}. ${blind}`;
    const likely = next === null ? '' : ` Next likely: ${next.title}.`;
    return `That wasn't it: ${done}, and still: ${still.title}.${likely}`;
  };
  return { fixed, said: said(), next };
}

/** Found once more, of the same thing that the fix was for: two scans may both be abandoned, and one of them cured. */
function isStill({ before, after, fix, ran }: Tried, finding: Finding): boolean {
  if (![...after.findings, ...after.muted].some(({ id }) => id === finding.id)) return false;
  const all = before.checks.flatMap(({ findings }) => findings);
  const does = JSON.stringify(fix.action);
  const bearers = all.filter(({ fixes = [] }) => fixes.some(({ action }) => JSON.stringify(action) === does));
  const same = all.filter(({ id }) => id === finding.id);
  const own = same.filter((found) => bearers.includes(found));
  // A fix of what it explains is for the cause of just that.
  const byConsequence = same.filter((found) => bearers.some((bearer) => explains(found, bearer)));
  const meant = own.length > 0 ? own : byConsequence.length > 0 ? byConsequence : same;
  return after.checks
    .flatMap(({ findings }) => findings)
    .some((found) => found.id === finding.id && meant.some((one) => isSame(one, found, ran)));
}

/** A new scan of the same mount has another id. */
function isSame(one: Found, other: Found, ran: boolean): boolean {
  return one.about === other.about || (ran && one.mount !== undefined && one.mount === other.mount);
}

/** A problem that nothing told of before; null: there is none. */
function newProblem(after: readonly Finding[], before: readonly Finding[]): Finding | null {
  const ids = before.flatMap(({ id, explains: explained }) => [id, ...explained]);
  return after.find(({ id, severity }) => severity === 'problem' && !ids.includes(id)) ?? null;
}
