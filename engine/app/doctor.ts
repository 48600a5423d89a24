import { SmartScannerError } from '../../shared/errors.ts';
import { CHECKS } from '../doctor/checks.ts';
import { bundleFiles, saveBundle } from '../doctor/bundle.ts';
import { runChecks } from '../doctor/runner.ts';
import type { CheckResult, Diagnosis, Finding, Fix } from '../doctor/types.ts';
import type {
  AppCommands,
  BundleReport,
  BundleRequest,
  DiagnoseRequest,
  FixOutcome,
  FixRequest,
  ScanListener,
} from './app.ts';
import { openLook, type LookOptions, type OpenLook } from './doctor-look.ts';

export type DoctorShared = Omit<LookOptions, 'scan' | 'signal'> & {
  readonly version: string;
  /** Makes sure that the worker image is there. */
  readonly buildImage: (listener: ScanListener, signal: AbortSignal) => Promise<void>;
};

async function withLook<T>(
  shared: DoctorShared,
  scan: string,
  signal: AbortSignal,
  work: (opened: OpenLook) => Promise<T>,
): Promise<T> {
  const opened = openLook({ ...shared, scan, signal });
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}

function look(
  opened: OpenLook,
  { wakeDisks, only }: DiagnoseRequest,
  onResult: (result: CheckResult) => void,
  signal: AbortSignal,
): Promise<Diagnosis> {
  const checks = CHECKS.filter((check) => (wakeDisks || !check.wakesDisks) && (only?.includes(check.id) ?? true));
  return runChecks({ checks, look: opened.look, signal, onResult });
}

export function diagnose(
  shared: DoctorShared,
  request: DiagnoseRequest,
  onResult: (result: CheckResult) => void,
  signal: AbortSignal,
): Promise<Diagnosis> {
  return withLook(shared, request.scan, signal, (opened) => look(opened, request, onResult, signal));
}

/** Looks, applies the fix, and lets the checks that had found it look again. */
export async function fix(
  shared: DoctorShared,
  commands: Pick<AppCommands, 'scan' | 'resume' | 'cleanup'>,
  request: FixRequest,
  listener: ScanListener,
  signal: AbortSignal,
): Promise<FixOutcome> {
  const before = await diagnose(shared, request, () => undefined, signal);
  const finding = before.findings.find(({ fixes }) => fixes.some(({ id }) => id === request.fixId));
  const wanted = finding?.fixes.find(({ id }) => id === request.fixId);
  if (finding === undefined || wanted === undefined) {
    const known = before.findings.flatMap(({ fixes }) => fixes.map(({ id }) => id));
    throw new SmartScannerError('USAGE', `No finding has a fix "${request.fixId}".`, {
      hint:
        known.length === 0 ? 'There is nothing to press now; see what `debug` says.' : `There is: ${known.join(', ')}.`,
    });
  }
  listener.progress(`${wanted.label}: ${wanted.consequence}`);
  const done = await apply(shared, commands, wanted, listener, signal);
  // The scan that a fix ran is the one to look at now.
  const ran = wanted.action.do === 'scan' || wanted.action.do === 'resume';
  const again = { ...request, scan: ran ? 'latest' : request.scan, only: finding.checks };
  const after = await diagnose(shared, again, () => undefined, signal);
  const unseen = after.checks.some(({ verdict }) => verdict === 'unknown');
  const fixed = !unseen && !after.findings.some(({ id }) => id === finding.id);
  const next = [...after.findings, ...before.findings].find(({ id }) => id !== finding.id) ?? null;
  return { fixed, said: saidOf(fixed, done, finding, next), next };
}

function saidOf(fixed: boolean, done: string, finding: Finding, next: Finding | null): string {
  if (fixed) return `Fixed: ${done}.`;
  const likely = next === null ? '' : ` Next likely: ${next.title}.`;
  return `That wasn't it: ${done}, and still: ${finding.title}.${likely}`;
}

async function apply(
  shared: DoctorShared,
  commands: Pick<AppCommands, 'scan' | 'resume' | 'cleanup'>,
  { action }: Fix,
  listener: ScanListener,
  signal: AbortSignal,
): Promise<string> {
  switch (action.do) {
    case 'remove-leftovers': {
      const { removed } = await commands.cleanup({ remove: true });
      return `${removed} removed`;
    }
    case 'build-image':
      await shared.buildImage(listener, signal);
      return 'the image is there';
    case 'resume':
    case 'scan': {
      const handle =
        action.do === 'resume'
          ? commands.resume({ mountName: action.mountName, changes: {} }, listener)
          : commands.scan(
              { mountPath: action.mountPath, mountName: action.mountName, settings: action.settings },
              listener,
            );
      const stop = (): void => handle.stop('graceful');
      signal.addEventListener('abort', stop, { once: true });
      try {
        const { certificate } = await handle.done;
        const { chunks, entries } = certificate;
        return `the scan ended (${certificate.verdict}), ${chunks.done} chunks done, ${entries.files} files`;
      } finally {
        signal.removeEventListener('abort', stop);
      }
    }
  }
}

export function bundle(
  shared: DoctorShared,
  request: BundleRequest,
  agree: (files: BundleReport['files']) => Promise<boolean>,
  signal: AbortSignal,
): Promise<BundleReport> {
  return withLook(shared, request.scan, signal, async (opened) => {
    const diagnosis = await look(opened, request, () => undefined, signal);
    const made = await bundleFiles({
      look: opened.look,
      logs: await opened.logs(),
      diagnosis,
      version: shared.version,
      hashPaths: request.hashPaths,
    });
    const files = made.map(({ name, text, what }) => ({ name, bytes: Buffer.byteLength(text), what }));
    if (!(await agree(files))) return { path: null, files };
    await saveBundle(request.path, made);
    return { path: request.path, files };
  });
}
