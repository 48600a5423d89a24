import { SmartScannerError } from '../../shared/errors.ts';
import type { SourceChoice } from '../runtime/pick.ts';
import { CHECKS } from '../doctor/checks.ts';
import { gaps, scanOutcome } from '../doctor/checks/scan.ts';
import { bundleFiles, saveBundle } from '../doctor/bundle.ts';
import { LOOK_AGAIN } from '../doctor/fixes.ts';
import { outcomeOf, pressedFix } from '../doctor/outcome.ts';
import { runChecks } from '../doctor/runner.ts';
import { sectionOf } from '../doctor/section.ts';
import type { CheckInfo, FindingSection, FixOutcome } from '../../shared/diagnosis.ts';
import type { CheckResult, Diagnosis } from '../doctor/types.ts';
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
    await requireScan(opened, scan);
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

export function section(findingId: string): FindingSection {
  const found = sectionOf(findingId);
  if (found !== null) return found;
  throw new SmartScannerError('USAGE', `The doctor knows no finding ${findingId}.`, {
    hint: 'They stand in docs/troubleshooting.md.',
  });
}

/** An id that the catalog can be asked for and does not have is a slip of whoever named it; where it can't be asked, that is what is wrong. */
async function requireScan({ look, examined }: OpenLook, scan: string): Promise<void> {
  if (scan === 'latest') return;
  const { kind, ours, original } = (await examined()) ?? {};
  const isMissing = ours ? ours.scan === null : original ? (await look.log()) === null : false;
  if (!isMissing) return;
  throw new SmartScannerError('NO_SUCH_SCAN', `There is no scan ${scan}.`, {
    hint: kind === 'ours' ? 'See `smart-scanner stats` for past scans.' : 'Name one of the logs there, or `latest`.',
    evidence: { scanId: scan },
  });
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
  const pressed = pressedFix(before, request.fixId, request.findingKey ?? null);
  if (pressed === null && request.fixId === LOOK_AGAIN.id) {
    const unseen = before.checks.filter(({ verdict }) => verdict === 'unknown').map(({ title }) => title);
    const said =
      unseen.length === 0 ? 'Fixed: it is not found any more.' : `Could not be looked at: ${unseen.join(', ')}.`;
    return { fixed: unseen.length === 0, said, next: before.findings[0] ?? null };
  }
  if (pressed === null) {
    const known = [...before.findings, ...before.muted].flatMap(({ fixes }) => fixes);
    const ids = [...new Set(known.filter(({ action }) => action !== null).map(({ id }) => id))];
    throw new SmartScannerError('USAGE', `No finding has a fix "${request.fixId}".`, {
      hint: ids.length === 0 ? 'There is nothing to press now; see what `debug` says.' : `There is: ${ids.join(', ')}.`,
    });
  }
  const { fix: wanted, findings } = pressed;
  if (wanted.action === null) {
    throw new SmartScannerError('USAGE', `"${wanted.label}" is to be done by you.`, {
      hint: `Do this: ${wanted.copy ?? ''}`,
    });
  }
  context.listener.progress(`${wanted.label}: ${wanted.consequence}`);
  const { until } = request;
  const buildImage: FixContext['buildImage'] = (listener, stopped) => shared.buildImage(choice, listener, stopped);
  const { said: done, scanId } = await applyFix({ ...context, buildImage, until, signal }, wanted.action);
  const checks = wanted.verifiedBy ?? [...new Set(findings.flatMap((finding) => finding.checks))];
  // The scan that a fix ran is the one to look at now: the newest may be of another mount.
  const again =
    scanId === null ? { ...request, only: checks } : { ...request, scan: scanId, only: withOutcome(checks) };
  const after = await diagnose(shared, again, () => undefined, signal);
  return outcomeOf({ ...pressed, before, after, done, ran: scanId !== null });
}

/** How a scan ended and what it lacks is looked at whatever its fix was for: before as well, so that what is new is known. */
function withOutcome<Only extends readonly string[] | null>(only: Only): Only | string[] {
  return only === null ? only : [...new Set([...only, scanOutcome.id, gaps.id])];
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
