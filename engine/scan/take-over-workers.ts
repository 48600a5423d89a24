import { toSmartScannerError } from '../../shared/errors.ts';
import type { AttemptEnd, ChunkRow, OpenedScan } from '../catalog/api.ts';
import type { AttemptRef } from '../runtime/runtime.ts';
import type { ScanContext } from './context.ts';

export interface TakeOverHooks {
  /** Its worker runs, or has ended and waits to be harvested. */
  adopt(chunk: ChunkRow, adopted: { readonly attemptId: string; readonly ref: AttemptRef }): void;
  /** To be tried (again). */
  queue(chunks: readonly ChunkRow[]): void;
}

/**
 * Finds the workers that an earlier orchestrator of this scan started, by their labels: those of chunks that are still running are adopted,
 * everything else of this scan (a measuring worker, a container that never started, what was harvested already) is removed.
 */
export async function takeOverWorkers(context: ScanContext, opened: OpenedScan, hooks: TakeOverHooks): Promise<void> {
  const { runtime, catalog, clock, log, scanId, settings } = context;
  const found = (await runtime.list()).filter(({ labels }) => labels?.scan === scanId);
  const chunks = new Map(opened.chunks.map((chunk) => [chunk.id, chunk]));
  let adopted = 0;
  let lost = 0;
  const kept = new Set<string>();
  for (const { attemptId, chunkId } of opened.attempts) {
    const chunk = chunks.get(chunkId);
    if (chunk === undefined) continue;
    const worker = found.find(({ ref }) => ref.attempt === attemptId);
    if (worker !== undefined && worker.ref.id !== '' && (worker.state === 'running' || worker.state === 'exited')) {
      adopted += 1;
      kept.add(attemptId);
      hooks.adopt(chunk, { attemptId, ref: worker.ref });
      continue;
    }
    lost += 1;
    const end: AttemptEnd = {
      outcome: 'lost',
      exitCode: null,
      code: 'WORKER_KILLED',
      reason: 'Its worker was gone when the scan went on.',
      endedAtMs: clock.now(),
    };
    const failed = await catalog.attemptFailed({ attemptId, chunkId, end, maxRetries: settings.retries });
    if (failed.chunk.state !== 'failed') hooks.queue([failed.chunk]);
  }
  // At once: each that can't die takes as long as it is waited for.
  const removals = found
    .filter(({ ref }) => !kept.has(ref.attempt))
    .map(({ ref }) =>
      runtime.remove(ref).catch((error: unknown) => {
        log.warn(`A worker of before could not be removed: ${toSmartScannerError(error).message} (cleanup will)`);
      }),
    );
  await Promise.all(removals);
  log.info(`RESUME ${adopted} workers found again, ${lost} lost, ${opened.ended.done} chunks done before`);
}
