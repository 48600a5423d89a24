import { readFileSync, rmSync } from 'node:fs';
import type { ElectronApplication } from 'playwright-core';

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds: when it began, how long it took, how long of that it had a processor. */
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: {
    readonly name?: string;
    readonly data?: { readonly functionName?: string; readonly type?: string };
  };
}

/** A task of a page's main thread, milliseconds. `parts`: what took longest in it. */
export interface PageTask {
  readonly wallMs: number;
  readonly processorMs: number;
  readonly parts: string;
}

const PARTS = 4;

/** Chromium writes down what its threads do until `pageTasks`. It costs a little. */
export async function startTrace(app: ElectronApplication): Promise<void> {
  await app.evaluate(({ contentTracing }) =>
    contentTracing.startRecording({
      included_categories: ['toplevel', 'devtools.timeline', 'v8'],
      excluded_categories: ['*'],
      recording_mode: 'record-as-much-as-possible',
      trace_buffer_size_in_kb: 600_000,
    }),
  );
}

/** The tasks of all pages of at least `leastMs`, longest first. */
export async function pageTasks(app: ElectronApplication, leastMs: number): Promise<readonly PageTask[]> {
  const path = await app.evaluate(({ contentTracing }) => contentTracing.stopRecording());
  const { traceEvents } = JSON.parse(readFileSync(path, 'utf8')) as { traceEvents: readonly TraceEvent[] };
  rmSync(path, { force: true });
  const threads = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid}.${tid}`),
  );
  const spans = traceEvents.filter(({ ph, pid, tid }) => ph === 'X' && threads.has(`${pid}.${tid}`));
  const isTask = ({ name }: TraceEvent): boolean => name === 'RunTask' || name === 'ThreadControllerImpl::RunTask';
  return spans
    .filter((task) => isTask(task) && (task.dur ?? 0) >= leastMs * 1000)
    .sort((a, b) => (b.dur ?? 0) - (a.dur ?? 0))
    .map((task) => ({
      wallMs: (task.dur ?? 0) / 1000,
      processorMs: (task.tdur ?? 0) / 1000,
      parts: spans
        .filter(
          (span) =>
            !isTask(span) &&
            span.pid === task.pid &&
            span.tid === task.tid &&
            span.ts >= task.ts &&
            span.ts < task.ts + (task.dur ?? 0),
        )
        .sort((a, b) => (b.dur ?? 0) - (a.dur ?? 0))
        .slice(0, PARTS)
        .map(
          ({ name, dur, args }) =>
            `${name} ${args?.data?.functionName ?? args?.data?.type ?? ''} ${((dur ?? 0) / 1000).toFixed(0)}`,
        )
        .join(', '),
    }));
}
