import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { SmartScannerError } from '../../shared/errors.ts';
import { ResultLineSchema, SPOOL_FILES, type ResultLine } from '../../shared/worker-protocol.ts';
import type { AttemptRef, AttemptStatus, FetchedFile, Runtime, StartSpec } from '../runtime/runtime.ts';
import type { Clock } from './clock.ts';

/** How long one wait for an end may go without asking `inspect`, ms. */
const INSPECT_AT_LEAST_EVERY_MS = 30_000;

/**
 * Waits until inspect says that the worker is not running any more. Events only make it ask sooner. Settles early, with the
 * last status, when the signal aborts.
 */
export async function waitUntilEnded(
  runtime: Runtime,
  ref: AttemptRef,
  clock: Clock,
  signal: AbortSignal,
): Promise<AttemptStatus> {
  for (;;) {
    const status = await runtime.inspect(ref);
    if (status.state === 'exited' || status.state === 'gone' || signal.aborted) return status;
    const wait = new AbortController();
    const either = AbortSignal.any([wait.signal, signal]);
    await Promise.race([runtime.waitForEnd(ref, either), clock.delay(INSPECT_AT_LEAST_EVERY_MS, either)]);
    wait.abort();
  }
}

/** The result that a worker left in its spool, or null where it was killed before it could. */
export async function readResult(files: readonly FetchedFile[]): Promise<ResultLine | null> {
  const file = files.find((candidate) => candidate.name === SPOOL_FILES.result);
  if (file === undefined) return null;
  try {
    const parsed = v.safeParse(ResultLineSchema, JSON.parse(await readFile(file.path, 'utf8')));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

export interface HelperOutcome {
  readonly result: ResultLine;
  readonly files: readonly FetchedFile[];
}

/**
 * Runs a short helper (probe, list) to its end, hands its result and files to `use`, and removes it. Throws DEADLINE when it takes
 * longer than `deadlineMs`, WORKER_CRASHED with the end of its log when it leaves no result.
 */
export async function runHelper<T>(
  runtime: Runtime,
  spec: StartSpec,
  options: {
    readonly clock: Clock;
    readonly fetchDir: string;
    readonly files: readonly string[];
    readonly deadlineMs: number;
    readonly signal: AbortSignal;
  },
  use: (outcome: HelperOutcome) => Promise<T>,
): Promise<T> {
  const ref = await runtime.start(spec);
  try {
    const deadline = AbortSignal.timeout(options.deadlineMs);
    const status = await waitUntilEnded(runtime, ref, options.clock, AbortSignal.any([deadline, options.signal]));
    if (status.state === 'running' || status.state === 'created') {
      if (options.signal.aborted) throw new SmartScannerError('INTERRUPTED', 'Stopped on request.');
      throw new SmartScannerError(
        'DEADLINE',
        `The ${spec.job.kind} of ${spec.mountPath} took longer than ${options.deadlineMs / 1000} s.`,
        {
          hint: 'Check that the disk or share answers, e.g. with `ls`.',
        },
      );
    }
    const files = await runtime.fetch(ref, [...options.files, SPOOL_FILES.result], options.fetchDir);
    const result = await readResult(files);
    if (result === null) {
      const log = await runtime.logs(ref, 4_000);
      throw new SmartScannerError(
        'WORKER_CRASHED',
        `The ${spec.job.kind} worker ended without a result (exit code ${status.exitCode ?? 'unknown'}).`,
        { evidence: { log, error: status.error } },
      );
    }
    return await use({ result, files });
  } finally {
    await runtime.remove(ref).catch(() => undefined);
  }
}
