import type { CheckInfo, CheckResult, Confidence, Finding, Fix, SymptomId, Verdict } from '../../shared/diagnosis.ts';
import type { DoctorView } from '../store/doctor-machine.ts';
import { causeOf, causesLeft } from '../store/doctor-machine.ts';
import { counted } from './scan-words.ts';

/** Under each symptom: when it is the one. */
export const SYMPTOM_HINTS: Readonly<Record<SymptomId, string>> = {
  stuck: 'Nothing seems to move, or one folder takes for ever.',
  failed: 'The scan says that parts are missing or chunks failed.',
  missing: 'It says it is done, but there is less than you know you have.',
  connect: 'The NAS or its Docker does not answer.',
  slow: 'It runs, but takes much longer than before.',
  struggling: 'Plex stutters, fans spin, everything else is slow.',
  catalog: 'The app says that its list of files can’t be read.',
  all: 'You are not sure. Everything is looked at.',
};

/** What stands above a cause: how sure the doctor is, and whether it is the trouble at all. */
export function causeLabel({ severity, confidence }: Pick<Finding, 'severity' | 'confidence'>): string {
  if (severity === 'warning') return 'Worth knowing';
  const words: Readonly<Record<Confidence, string>> = {
    certain: 'The cause',
    likely: 'Very likely the cause',
    possible: 'Perhaps the cause',
  };
  return words[confidence];
}

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  ok: 'fine',
  warning: 'worth knowing',
  problem: 'problem',
  unknown: 'could not be looked at',
};

export interface Buttons {
  /** null: nothing can be pressed but to look again. */
  readonly primary: Fix | null;
  readonly others: readonly Fix[];
  /** Texts to copy. */
  readonly copies: readonly Fix[];
}

/** One thing to press first, the others beside it, and what has to be done elsewhere. */
export function buttonsOf({ fixes }: Finding): Buttons {
  const [primary = null, ...others] = fixes.filter(({ action }) => action !== null);
  return { primary, others, copies: fixes.filter(({ copy }) => copy !== null) };
}

/** How many checks have answered. */
export function progressOf({ checks, results }: Pick<DoctorView, 'checks' | 'results'>): {
  readonly done: number;
  readonly all: number;
} {
  return { done: checks.filter(({ id }) => results[id] !== undefined).length, all: checks.length };
}

/** Where all that applied is fine, or what could not be seen. */
export function wellWords({ results, passed, letSleep, held }: DoctorView): {
  readonly title: string;
  readonly text: string;
} {
  const all = Object.values(results);
  const blind = all.filter(({ verdict }) => verdict === 'unknown').length;
  const slept = letSleep && held.length > 0 ? ` ${counted(held.length, 'check')} would have woken disks.` : '';
  if (passed.length > 0)
    return {
      title: 'There is no other cause to try.',
      text: `${counted(all.length, 'check')} looked.${slept} A support bundle helps somebody else to see what you see.`,
    };
  if (blind > 0)
    return {
      title: 'Nothing wrong was found, but not everything answered.',
      text: `${counted(blind, 'check')} of ${all.length} could not look.${slept}`,
    };
  return { title: 'Nothing is wrong here.', text: `${counted(all.length, 'check')} looked, all of them fine.${slept}` };
}

/** Why it is asked whether disks may be woken. */
export function diskWords(held: number): string {
  const left = held === 1 ? '1 check is left: it reads' : `${counted(held, 'check')} are left: they read`;
  return `Nothing explains it so far. ${left} a little from your shares, and a sleeping disk spins up for that (up to 15 seconds).`;
}

/** For people who hear the page: only what changes their mind, not each check. */
export function announcement(view: DoctorView): string {
  const said = stepWords(view);
  const { note } = view;
  return note === null ? said : `${note} ${said}`;
}

function stepWords(view: DoctorView): string {
  const { step } = view;
  switch (step.name) {
    case 'symptoms':
      return '';
    case 'looking': {
      const { done, all } = progressOf(view);
      const problems = Object.values(view.results).filter(({ verdict }) => verdict === 'problem');
      if (problems.length > 0) return `${counted(problems.length, 'check')} found a problem so far.`;
      return all > 0 && done >= all / 2 ? 'Half of the checks are done, nothing so far.' : 'Looking for the cause.';
    }
    case 'asking':
      return 'Nothing explains it so far. May sleeping disks be woken?';
    case 'cause': {
      const cause = causeOf(view, step.key);
      if (cause === null) return '';
      return `${causeLabel(cause)}: ${cause.title}. ${cause.seen}`;
    }
    case 'treating':
      return view.lines.at(-1) ?? `${step.fix.label} …`;
    case 'fixed':
      return step.said;
    case 'well':
      return wellWords(view).title;
    case 'bundle':
      return view.saved === null ? '' : `Saved: ${view.saved}`;
    case 'broken':
      return step.error.message;
  }
}

/** Of a scan that a fix has started. */
export function queuedWords({ planned, done, failed }: { planned: number; done: number; failed: number }): string {
  const left = planned - done - failed;
  const wrong = failed === 0 ? '' : `, ${failed} failed again`;
  return left > 0
    ? `${counted(left, 'chunk')} queued, ${done} done${wrong}.`
    : `${counted(done, 'chunk')} done${wrong}.`;
}

/** What else was found: quiet, but there. */
export function quietWords(view: DoctorView): string {
  const { step, results, held, letSleep } = view;
  const shown = step.name === 'cause' ? 1 : 0;
  const others = causesLeft(view).length - shown;
  const fine = Object.values(results).filter(({ verdict }) => verdict === 'ok').length;
  const parts = [
    ...(others > 0 ? [counted(others, 'other finding')] : []),
    `${counted(fine, 'check')} fine`,
    ...(held.length > 0 ? [letSleep ? `${held.length} left out` : `${held.length} not run`] : []),
  ];
  return parts.join(', ');
}

/** In the order of the symptom; those that did not apply are gone once the look is over. */
export function rowsOf(
  checks: readonly CheckInfo[],
  results: Readonly<Record<string, CheckResult>>,
  isOver: boolean,
): readonly { readonly check: CheckInfo; readonly result: CheckResult | null }[] {
  return checks
    .map((check) => ({ check, result: results[check.id] ?? null }))
    .filter(({ result }) => !isOver || result !== null);
}
