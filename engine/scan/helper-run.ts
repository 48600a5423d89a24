import { mkdir, readFile, rm } from 'node:fs/promises';
import * as v from 'valibot';
import { SmartScannerError } from '../../shared/errors.ts';
import { ResultLineSchema, SPOOL_FILES, type ResultLine } from '../../shared/worker-protocol.ts';
import type { AttemptRef, AttemptStatus, FetchedFile, Runtime, StartSpec } from '../runtime/runtime.ts';
import type { Clock } from './clock.ts';

/** How long one wait for an end may go without asking `inspect`, ms. */
const INSPECT_AT_LEAST_EVERY_MS = 30_000;

/** How long a host may not answer before its attempts are given up, and how often it is asked, ms. */
const UNSEEN_AT_MOST_MS = 120_000;
const UNSEEN_RETRY_MS = 2_000;
/** Between two looks at a worker that runs, ms: a wait that ends at once again and again must not become a flood. */
const INSPECT_AT_MOST_EVERY_MS = 200;

/**
 * Waits until inspect says that the worker is not running any more. Events only make it ask sooner. Settles early, with the
 * last status, when the signal aborts. Throws INTERRUPTED where the host doesn't answer and nobody wants to wait for it.
 */
export async function waitUntilEnded(
  runtime: Runtime,
  ref: AttemptRef,
  clock: Clock,
  signal: AbortSignal,
): Promise<AttemptStatus> {
  let failingSince: number | null = null;
  let looked = false;
  for (;;) {
    let status: AttemptStatus;
    try {
      status = await runtime.inspect(ref);
      failingSince = null;
    } catch (error) {
      // Not being seen is no failure of the worker: it goes on. Only when nobody answers for long is it given up.
      failingSince ??= clock.monotonic();
      const given = error instanceof SmartScannerError && error.code === 'INTERRUPTED';
      if (given || signal.aborted || clock.monotonic() - failingSince > UNSEEN_AT_MOST_MS) throw error;
      await clock.delay(UNSEEN_RETRY_MS, signal);
      continue;
    }
    if (status.state === 'exited' || status.state === 'gone' || signal.aborted) return status;
    const wait = new AbortController();
    const either = AbortSignal.any([wait.signal, signal]);
    const began = clock.monotonic();
    try {
      await Promise.race([runtime.waitForEnd(ref, either), clock.delay(INSPECT_AT_LEAST_EVERY_MS, either)]);
    } finally {
      wait.abort();
    }
    if (looked && clock.monotonic() - began < INSPECT_AT_MOST_EVERY_MS)
      await clock.delay(INSPECT_AT_MOST_EVERY_MS, signal);
    looked = true;
  }
}

export interface ReadResult {
  readonly result: ResultLine | null;
  /** Why there is a result that says nothing; null where it was understood, or is not there. */
  readonly problem: string | null;
}

/** The result that a worker left in its spool: none where it was killed before it could. */
export async function readResult(files: readonly FetchedFile[]): Promise<ReadResult> {
  const file = files.find((candidate) => candidate.name === SPOOL_FILES.result);
  if (file === undefined) return { result: null, problem: null };
  try {
    const parsed = v.safeParse(ResultLineSchema, JSON.parse(await readFile(file.path, 'utf8')));
    if (parsed.success) return { result: parsed.output, problem: null };
    const issue = parsed.issues[0];
    return { result: null, problem: `${v.getDotPath(issue) ?? 'the line'}: ${issue.message}` };
  } catch (error) {
    return { result: null, problem: error instanceof Error ? error.message : String(error) };
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
    /** Made and removed here. */
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
    await mkdir(options.fetchDir, { recursive: true });
    const files = await runtime.fetch(ref, [...options.files, SPOOL_FILES.result], options.fetchDir);
    const { result, problem } = await readResult(files);
    if (result === null) {
      const log = await runtime.logs(ref, 4_000);
      const exit = status.exitCode ?? 'unknown';
      throw new SmartScannerError(
        'WORKER_CRASHED',
        problem === null
          ? `The ${spec.job.kind} worker ended without a result (exit code ${exit}).`
          : `The result of the ${spec.job.kind} worker can't be understood (exit code ${exit}): ${problem}.`,
        { evidence: { log, error: status.error } },
      );
    }
    return await use({ result, files });
  } finally {
    await runtime.remove(ref).catch(() => undefined);
    await rm(options.fetchDir, { recursive: true, force: true }).catch(() => undefined);
  }
}
