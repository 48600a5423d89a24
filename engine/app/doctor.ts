import { SmartScannerError } from '../../shared/errors.ts';
import type { SourceChoice } from '../runtime/pick.ts';
import { CHECKS } from '../doctor/checks.ts';
import { scanOutcome } from '../doctor/checks/scan.ts';
import { bundleFiles, saveBundle } from '../doctor/bundle.ts';
import { LOOK_AGAIN } from '../doctor/fixes.ts';
import { runChecks } from '../doctor/runner.ts';
import type { CheckInfo, Fix, FixOutcome } from '../../shared/diagnosis.ts';
import type { CheckResult, Diagnosis, Finding } from '../doctor/types.ts';
import type { BundleReport, BundleRequest, DiagnoseRequest, FixRequest, ScanListener } from './app.ts';
import { applyFix, type FixContext } from './doctor-fix.ts';
import { readMuted } from './muted.ts';
import { openLook, type LookOptions, type OpenLook } from './doctor-look.ts';

export type DoctorShared = Omit<LookOptions, 'scan' | 'host' | 'signal'> & {
  readonly version: string;
  /** Makes sure that the worker image is there. */
  readonly buildImage: (choice: SourceChoice, listener: ScanListener, signal: AbortSignal) => Promise<void>;
};

async function withLook<T>(
  shared: DoctorShared,
  { scan, host = null }: DiagnoseRequest,
  signal: AbortSignal,
  work: (opened: OpenLook) => Promise<T>,
): Promise<T> {
  const opened = openLook({ ...shared, scan, host, signal });
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}

async function look(
  opened: OpenLook,
  { places }: DoctorShared,
  { wakeDisks, only }: DiagnoseRequest,
  onResult: (result: CheckResult) => void,
  signal: AbortSignal,
): Promise<Diagnosis> {
  const checks = CHECKS.filter((check) => (wakeDisks || !check.wakesDisks) && (only?.includes(check.id) ?? true));
  return await runChecks({ checks, look: opened.look, muted: await readMuted(places.muted), signal, onResult });
}

export function diagnose(
  shared: DoctorShared,
  request: DiagnoseRequest,
  onResult: (result: CheckResult) => void,
  signal: AbortSignal,
): Promise<Diagnosis> {
  return withLook(shared, request, signal, (opened) => look(opened, shared, request, onResult, signal));
}

export function checkInfos(): CheckInfo[] {
  return CHECKS.map(({ id, title, category, wakesDisks, cost }) => ({ id, title, category, wakesDisks, cost }));
}

/** Looks, applies the fix, and lets the checks that had found it look again. */
export async function fix(
  shared: DoctorShared,
  context: Omit<FixContext, 'buildImage' | 'until' | 'signal'>,
  request: FixRequest,
  signal: AbortSignal,
): Promise<FixOutcome> {
  const { before, choice } = await withLook(shared, request, signal, async (opened) => ({
    before: await look(opened, shared, { ...request, only: withOutcome(request.only) }, () => undefined, signal),
    choice: await opened.choice(),
  }));
  const known = [...before.findings, ...before.muted];
  const finding = known.find(({ fixes }) => fixes.some(({ id }) => id === request.fixId));
  const wanted = finding?.fixes.find(({ id }) => id === request.fixId);
  if (wanted === undefined && request.fixId === LOOK_AGAIN.id) {
    const unseen = before.checks.filter(({ verdict }) => verdict === 'unknown').map(({ title }) => title);
    const said =
      unseen.length === 0 ? 'Fixed: it is not found any more.' : `Could not be looked at: ${unseen.join(', ')}.`;
    return { fixed: unseen.length === 0, said, next: before.findings[0] ?? null };
  }
  if (finding === undefined || wanted === undefined) {
    const ids = known.flatMap(({ fixes }) => fixes.filter(({ action }) => action !== null).map(({ id }) => id));
    throw new SmartScannerError('USAGE', `No finding has a fix "${request.fixId}".`, {
      hint: ids.length === 0 ? 'There is nothing to press now; see what `debug` says.' : `There is: ${ids.join(', ')}.`,
    });
  }
  if (wanted.action === null) {
    throw new SmartScannerError('USAGE', `"${wanted.label}" is to be done by you.`, {
      hint: `Do this: ${wanted.copy ?? ''}`,
    });
  }
  context.listener.progress(`${wanted.label}: ${wanted.consequence}`);
  const { until } = request;
  const buildImage: FixContext['buildImage'] = (listener, until) => shared.buildImage(choice, listener, until);
  const done = await applyFix({ ...context, buildImage, until, signal }, wanted.action);
  // The scan that a fix ran is the one to look at now.
  const ran = ['scan', 'resume', 'retry', 'restart'].includes(wanted.action.do);
  const checks = wanted.verifiedBy ?? finding.checks;
  const again = ran ? { ...request, scan: 'latest', only: withOutcome(checks) } : { ...request, only: checks };
  const after = await diagnose(shared, again, () => undefined, signal);
  const unseen = after.checks.some(({ verdict }) => verdict === 'unknown');
  const still = [...after.findings, ...after.muted].some(({ id }) => id === finding.id);
  const others = [...after.findings, ...before.findings].filter(({ id }) => id !== finding.id);
  // One trouble for another is no cure.
  const worse = newProblem(after.findings, known);
  const next = worse ?? others[0] ?? null;
  const fixed = !unseen && !still && worse === null;
  if (!still && worse !== null) return { fixed, said: `That wasn't it: ${done}, and now: ${worse.title}.`, next };
  return { fixed, said: saidOf(fixed, wanted, done, finding, next), next };
}

/** How a scan ended is looked at whatever its fix was for: before as well, so that what is new is known. */
function withOutcome<Only extends readonly string[] | null>(only: Only): Only | string[] {
  return only === null ? only : [...new Set([...only, scanOutcome.id])];
}

/** A problem that nothing told of before; null: there is none. */
function newProblem(after: readonly Finding[], before: readonly Finding[]): Finding | null {
  const ids = before.flatMap(({ id, explains }) => [id, ...explains]);
  return after.find(({ id, severity }) => severity === 'problem' && !ids.includes(id)) ?? null;
}

function saidOf(fixed: boolean, wanted: Fix, done: string, finding: Finding, next: Finding | null): string {
  // Nothing was done about it.
  if (wanted.action?.do === 'look-again')
    return fixed ? 'Fixed: it is not found any more.' : `Still so: ${finding.title}.`;
  if (fixed) return `Fixed: ${done}.`;
  const likely = next === null ? '' : ` Next likely: ${next.title}.`;
  return `That wasn't it: ${done}, and still: ${finding.title}.${likely}`;
}

export function bundle(
  shared: DoctorShared,
  request: BundleRequest,
  agree: (files: BundleReport['files']) => Promise<boolean | string>,
  signal: AbortSignal,
): Promise<BundleReport> {
  return withLook(shared, request, signal, async (opened) => {
    const diagnosis = request.found ?? (await look(opened, shared, request, () => undefined, signal));
    const made = await bundleFiles({
      look: opened.look,
      logs: await opened.logs(),
      diagnosis,
      version: shared.version,
      hashPaths: request.hashPaths,
    });
    const files = made.map(({ name, text, what }) => ({ name, bytes: Buffer.byteLength(text), what }));
    const agreed = await agree(files);
    if (agreed === false) return { path: null, files };
    const path = agreed === true ? request.path : agreed;
    await saveBundle(path, made);
    return { path, files };
  });
}
