import type { CheckInfo, CheckResult, Diagnosis, Finding, Fix, SymptomId } from '../../shared/diagnosis.ts';
import type { BundleEntry, DoctorNews, DoctorOpened } from '../../shared/doctor-events.ts';
import type { ErrorJson } from '../../shared/errors.ts';

/** What the wizard shows. One thing at a time. */
export type DoctorStep =
  | { readonly name: 'symptoms' }
  | { readonly name: 'looking' }
  /** What was seen explains nothing; the rest would wake disks. */
  | { readonly name: 'asking' }
  | { readonly name: 'cause'; readonly key: string }
  | { readonly name: 'treating'; readonly key: string; readonly fix: Fix; readonly runId: string | null }
  | { readonly name: 'fixed'; readonly said: string; readonly runId: string | null }
  /** Nothing was found, or nothing that is left helps. */
  | { readonly name: 'well' }
  | { readonly name: 'bundle' }
  | { readonly name: 'broken'; readonly error: ErrorJson };

export interface Refused {
  readonly runId: string;
  readonly mountName: string;
  readonly mountPath: string;
  readonly error: ErrorJson;
}

/** The key of the cause that a refused run is by itself: what was looked at explains it no further. */
export const REFUSED = 'refused';

export interface DoctorView {
  readonly step: DoctorStep;
  readonly symptom: SymptomId | null;
  /** null: the newest scan. */
  readonly scanId: string | null;
  /** null: that of the scan. */
  readonly host: string | null;
  /** The run that could not begin, if it is about one. */
  readonly refused: Refused | null;
  readonly session: number | null;
  readonly checks: readonly CheckInfo[];
  /** They would wake disks, and nobody has agreed. */
  readonly held: readonly CheckInfo[];
  /** Somebody would rather not have them woken. */
  readonly letSleep: boolean;
  /** Somebody has agreed that they are woken. */
  readonly woken: boolean;
  /** Its key: the look is to tell whether it is still so. */
  readonly rechecks: string | null;
  readonly results: Readonly<Record<string, CheckResult>>;
  readonly diagnosis: Diagnosis | null;
  /** Keys of causes that were tried or put aside in this session. */
  readonly passed: readonly string[];
  /** "That wasn't it: …", above the next cause. */
  readonly note: string | null;
  /** What a fix says while it works, newest last. */
  readonly lines: readonly string[];
  readonly bundle: readonly BundleEntry[] | null;
  readonly hashPaths: boolean;
  readonly saved: string | null;
  /** What a button could not do. */
  readonly error: ErrorJson | null;
}

export type DoctorInput =
  | {
      readonly kind: 'begin';
      readonly symptom: SymptomId;
      readonly scanId: string | null;
      readonly host: string | null;
      readonly refused: Refused | null;
    }
  | { readonly kind: 'choose'; readonly scanId: string | null; readonly host: string | null }
  | { readonly kind: 'opened'; readonly opened: DoctorOpened }
  | { readonly kind: 'wake' }
  | { readonly kind: 'let-sleep' }
  | { readonly kind: 'widen' }
  /** Somebody has done something by hand, or a fix may have shown what was behind it. */
  | { readonly kind: 'again'; readonly rechecks: string | null }
  | { readonly kind: 'pass' }
  | { readonly kind: 'back'; readonly key: string }
  | { readonly kind: 'press'; readonly fix: Fix }
  /** The refused scan is tried once more, as this run. */
  | { readonly kind: 'retry'; readonly fix: Fix }
  | { readonly kind: 'retried'; readonly error: ErrorJson | null; readonly said: string }
  | { readonly kind: 'muted'; readonly key: string }
  | { readonly kind: 'unmuted'; readonly key: string }
  | { readonly kind: 'go-on' }
  | { readonly kind: 'to-bundle' }
  | { readonly kind: 'listed'; readonly bundle: readonly BundleEntry[] }
  | { readonly kind: 'hash'; readonly hashPaths: boolean }
  | { readonly kind: 'saved'; readonly path: string | null }
  | { readonly kind: 'failed'; readonly error: ErrorJson }
  | { readonly kind: 'news'; readonly news: DoctorNews };

const LINES_MAX = 6;

export const START: DoctorView = {
  step: { name: 'symptoms' },
  symptom: null,
  scanId: null,
  host: null,
  refused: null,
  session: null,
  checks: [],
  held: [],
  letSleep: false,
  woken: false,
  rechecks: null,
  results: {},
  diagnosis: null,
  passed: [],
  note: null,
  lines: [],
  bundle: null,
  hashPaths: false,
  saved: null,
  error: null,
};

/** The wizard after something happened. Pure: what is asked of the app stands in doctor-store.ts. */
export function next(view: DoctorView, input: DoctorInput): DoctorView {
  switch (input.kind) {
    case 'choose':
      return { ...START, scanId: input.scanId, host: input.host };
    case 'begin':
      return {
        ...START,
        symptom: input.symptom,
        scanId: input.scanId,
        host: input.host,
        refused: input.refused,
        step: { name: 'looking' },
      };
    case 'opened': {
      const { session, checks, held } = input.opened;
      return { ...view, session, checks, held };
    }
    case 'wake':
      return { ...look(view), woken: true };
    case 'let-sleep':
      return decide({ ...view, letSleep: true });
    case 'widen':
      return { ...look(view), symptom: 'all' };
    case 'again':
      return { ...look(view), rechecks: input.rechecks };
    case 'pass':
      return view.step.name === 'cause'
        ? decide({ ...view, note: null, passed: [...view.passed, view.step.key] })
        : view;
    case 'back':
      return {
        ...view,
        note: null,
        error: null,
        passed: view.passed.filter((key) => key !== input.key),
        step: { name: 'cause', key: input.key },
      };
    case 'press':
      return view.step.name === 'cause'
        ? {
            ...view,
            lines: [],
            note: null,
            error: null,
            step: { name: 'treating', key: view.step.key, fix: input.fix, runId: null },
          }
        : view;
    case 'retry':
      return {
        ...view,
        lines: [],
        note: null,
        error: null,
        step: { name: 'treating', key: REFUSED, fix: input.fix, runId: null },
      };
    case 'retried':
      return view.step.name === 'treating' ? retried(view, view.step.runId, input) : view;
    case 'muted': {
      const { diagnosis } = view;
      if (diagnosis === null) return view;
      const quiet = diagnosis.findings.filter(({ key }) => key === input.key);
      return decide({
        ...view,
        note: null,
        diagnosis: {
          ...diagnosis,
          findings: diagnosis.findings.filter(({ key }) => key !== input.key),
          muted: [...diagnosis.muted, ...quiet],
        },
      });
    }
    case 'unmuted': {
      const { diagnosis } = view;
      if (diagnosis === null) return view;
      const heardAgain = diagnosis.muted.filter(({ key }) => key === input.key);
      return {
        ...view,
        diagnosis: {
          ...diagnosis,
          findings: [...diagnosis.findings, ...heardAgain],
          muted: diagnosis.muted.filter(({ key }) => key !== input.key),
        },
      };
    }
    case 'go-on':
      return decide({ ...view, note: null });
    case 'to-bundle':
      return { ...view, step: { name: 'bundle' }, bundle: null, saved: null, error: null };
    case 'listed':
      return { ...view, bundle: input.bundle, error: null };
    case 'hash':
      return { ...view, hashPaths: input.hashPaths, bundle: null, saved: null };
    case 'saved':
      return { ...view, saved: input.path, bundle: input.path === null ? view.bundle : null, error: null };
    case 'failed':
      return view.step.name === 'looking'
        ? { ...view, step: { name: 'broken', error: input.error } }
        : view.step.name === 'treating'
          ? { ...view, step: { name: 'cause', key: view.step.key }, error: input.error }
          : { ...view, error: input.error };
    case 'news':
      return heard(view, input.news);
  }
}

function heard(view: DoctorView, news: DoctorNews): DoctorView {
  const { step } = view;
  switch (news.kind) {
    case 'result':
      return { ...view, results: { ...view.results, [news.result.id]: news.result } };
    case 'looked': {
      const results = Object.fromEntries(news.diagnosis.checks.map((result) => [result.id, result]));
      return judged({ ...view, diagnosis: news.diagnosis, results });
    }
    case 'said':
      return step.name === 'treating' ? { ...view, lines: [...view.lines, news.line].slice(-LINES_MAX) } : view;
    case 'run':
      return step.name === 'treating' ? { ...view, step: { ...step, runId: news.runId } } : view;
    case 'fixed': {
      if (step.name !== 'treating') return view;
      const { fixed, said, next: likely } = news.outcome;
      const passed = [...view.passed, step.key];
      const known = view.diagnosis?.findings ?? [];
      const isNew = likely !== null && !known.some(({ key }) => key === likely.key);
      const diagnosis =
        isNew && view.diagnosis !== null ? { ...view.diagnosis, findings: [likely, ...known] } : view.diagnosis;
      const seen = { ...view, diagnosis, passed };
      return fixed ? { ...seen, step: { name: 'fixed', said, runId: step.runId } } : decide({ ...seen, note: said });
    }
    case 'broke':
      if (news.during === 'look') return { ...view, step: { name: 'broken', error: news.error } };
      if (step.name !== 'treating') return view;
      return { ...view, step: { name: 'cause', key: step.key }, error: news.error };
  }
}

function look(view: DoctorView): DoctorView {
  return { ...view, step: { name: 'looking' }, results: {}, diagnosis: null, note: null, error: null, rechecks: null };
}

function retried(
  view: DoctorView,
  runId: string | null,
  { error, said }: { readonly error: ErrorJson | null; readonly said: string },
): DoctorView {
  if (error === null)
    return { ...view, refused: null, passed: [...view.passed, REFUSED], step: { name: 'fixed', said, runId } };
  // The newest run is the one to repeat: those before it are forgotten.
  const refused = view.refused === null ? null : { ...view.refused, runId: runId ?? view.refused.runId, error };
  return { ...view, refused, step: { name: 'cause', key: REFUSED }, note: `That wasn’t it: ${error.message}` };
}

/** After a look: where it was to tell of one cause, that comes first. */
function judged(view: DoctorView): DoctorView {
  const { rechecks } = view;
  if (rechecks === null) return decide(view);
  const seen = { ...view, rechecks: null };
  // Of several that were found together a part may be mended: what is left has another key.
  const ofItsKind = view.diagnosis?.findings.find(({ id }) => id === rechecks.split(':')[0]) ?? null;
  const still = causeOf(seen, rechecks) ?? ofItsKind;
  if (still !== null) return { ...seen, step: { name: 'cause', key: still.key }, note: `Still so: ${still.title}.` };
  const blind = view.diagnosis?.checks.some(({ verdict }) => verdict === 'unknown') ?? true;
  if (blind) return decide(seen);
  return { ...seen, step: { name: 'fixed', said: 'Fixed: it is not found any more.', runId: null } };
}

/** What is likeliest of what was not tried yet; where nothing is: the disks, if they may be woken, or all is well as far as can be seen. */
function decide(view: DoctorView): DoctorView {
  const left = causesLeft(view);
  const [first] = left;
  const mayAsk = view.held.length > 0 && !view.letSleep;
  if (first?.severity === 'problem') return { ...view, step: { name: 'cause', key: first.key } };
  // A small thing explains no trouble: first everything is looked at that can be.
  if (mayAsk && view.passed.length === 0) return { ...view, step: { name: 'asking' } };
  if (first !== undefined) return { ...view, step: { name: 'cause', key: first.key } };
  if (mayAsk) return { ...view, step: { name: 'asking' } };
  return { ...view, step: { name: 'well' } };
}

/** Causes that were neither tried nor passed, the likeliest first. What was refused stands behind what explains it. */
export function causesLeft({ diagnosis, passed, refused }: DoctorView): readonly Finding[] {
  const found = diagnosis?.findings ?? [];
  const problems = found.filter(({ severity }) => severity === 'problem');
  const rest = found.filter(({ severity }) => severity !== 'problem');
  const own = refused === null || diagnosis === null ? [] : [refusal(refused)];
  return [...problems, ...own, ...rest].filter(({ key }) => !passed.includes(key));
}

/** What a scan said when it could not begin, as a cause. */
function refusal({ mountName, error }: Refused): Finding {
  return {
    id: REFUSED,
    key: REFUSED,
    severity: 'problem',
    title: `${mountName} could not be scanned`,
    seen: error.message,
    means: 'The scan ended before it began. Nothing was changed, and the inventory from before stays.',
    confidence: 'certain',
    evidence: [error.code, ...Object.entries(error.evidence).map(([name, value]) => `${name}: ${String(value)}`)],
    fixes: [],
    advice: error.hint === undefined ? [] : [error.hint],
    checks: [],
    section: 'docs/errors.md',
    explains: [],
  };
}

export function causeOf(view: DoctorView, key: string): Finding | null {
  const { diagnosis, refused } = view;
  if (key === REFUSED) return refused === null ? null : refusal(refused);
  return [...(diagnosis?.findings ?? []), ...(diagnosis?.muted ?? [])].find((finding) => finding.key === key) ?? null;
}
