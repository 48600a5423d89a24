import { toSmartScannerError } from '../../shared/errors.ts';
import type { Look } from './look.ts';
import { findingsOf, severityOf } from './reasoning.ts';
import type { Verdict } from '../../shared/diagnosis.ts';
import { NEEDS, type Check, type CheckResult, type Diagnosis, type Found, type Seen } from './types.ts';

/** Checks at a time: most of them wait for the daemon, the catalog process or a probe. */
const AT_ONCE = 6;

export interface RunOptions {
  readonly checks: readonly Check[];
  readonly look: Look;
  /** Keys of findings that are told apart. */
  readonly muted?: ReadonlySet<string>;
  readonly signal: AbortSignal;
  /** Each as it ends. */
  readonly onResult?: (result: CheckResult) => void;
}

/** Runs every check that applies. One that throws, hangs or is cut off is `unknown`; this never rejects. */
export async function runChecks(options: RunOptions): Promise<Diagnosis> {
  const startedAtMs = Date.now();
  const began = performance.now();
  const results = new Map<string, CheckResult>();
  const waiting = [...options.checks].sort((a, b) => rank(a) - rank(b));
  const work = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const result = await runCheck(check, options.look, options.signal);
      if (result === null) continue;
      results.set(check.id, result);
      options.onResult?.(result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, waiting.length) }, work));
  const checks = options.checks.flatMap(({ id }) => results.get(id) ?? []);
  const { findings, muted } = findingsOf(checks, options.muted);
  return {
    startedAtMs,
    durationMs: performance.now() - began,
    checks,
    findings,
    muted,
    summary: summaryOf(checks, findings.length, muted.length),
  };
}

/** What answers at once is told first, also where a slow one hangs and all places are taken. */
function rank({ needs }: Check): number {
  return Math.max(-1, ...needs.map((need) => NEEDS.indexOf(need)));
}

/** null: it doesn't apply. */
async function runCheck(check: Check, look: Look, signal: AbortSignal): Promise<CheckResult | null> {
  const began = performance.now();
  const cut = new AbortController();
  let seen: Seen | null;
  try {
    seen = await within(check, signal, cut, async () =>
      (await check.applicable(look)) ? await check.run(look, cut.signal) : null,
    );
    const stray = seen?.findings.find(({ id }) => !check.finds.includes(id));
    if (stray !== undefined) throw new Error(`It found "${stray.id}", which it doesn't name`);
  } catch (error) {
    seen = { said: `Could not be looked at: ${toSmartScannerError(error).message}`, findings: [], unknown: true };
  }
  if (seen === null) return null;
  return {
    id: check.id,
    title: check.title,
    category: check.category,
    verdict: verdictOf(seen.findings, seen.unknown === true),
    said: seen.said,
    durationMs: performance.now() - began,
    findings: seen.findings,
  };
}

function verdictOf(findings: readonly Found[], unknown: boolean): Verdict {
  const severities = findings.map(({ id }) => severityOf(id));
  if (severities.includes('problem')) return 'problem';
  if (severities.includes('warning')) return 'warning';
  return unknown ? 'unknown' : 'ok';
}

/** A check that doesn't honour its signal is left behind: its answer comes too late for anybody. */
function within(
  check: Check,
  signal: AbortSignal,
  cut: AbortController,
  work: () => Promise<Seen | null>,
): Promise<Seen | null> {
  return new Promise((resolve, reject) => {
    const giveUp = (why: string): void => {
      reject(new Error(why));
      cut.abort();
    };
    const onAbort = (): void => giveUp('stopped on request');
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(() => giveUp(`no answer within ${check.timeoutMs / 1000} s`), check.timeoutMs);
    work()
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      });
  });
}

function summaryOf(checks: readonly CheckResult[], findings: number, muted: number): string {
  const unknown = checks.filter(({ verdict }) => verdict === 'unknown').length;
  const looked = `${checks.length} ${checks.length === 1 ? 'check' : 'checks'}`;
  const blind = unknown === 0 ? '' : `, ${unknown} could not look`;
  const quiet = muted === 0 ? '' : `, ${muted} muted`;
  if (findings === 0) return `Nothing wrong was found (${looked}${blind}${quiet}).`;
  return `${findings} ${findings === 1 ? 'thing was' : 'things were'} found (${looked}${blind}${quiet}).`;
}
