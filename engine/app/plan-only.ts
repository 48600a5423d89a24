import { v7 as uuidv7 } from 'uuid';
import { SmartScannerError } from '../../shared/errors.ts';
import type { ScanRequest } from '../../shared/settings.ts';
import { pack } from '../plan/pack.ts';
import type { PlannedChunk } from '../plan/types.ts';
import { systemClock } from '../scan/clock.ts';
import { Measuring } from '../scan/planning.ts';
import type { PlanReport, ScanListener } from './app.ts';
import { prepare, type AppShared } from './prepare.ts';

/** Makes the plan and scans nothing; leaves no trace, also where the signal ends it (INTERRUPTED). */
export async function planOnly(
  shared: AppShared,
  request: ScanRequest,
  listener: ScanListener,
  signal: AbortSignal,
): Promise<PlanReport> {
  const { settings } = request;
  const limits = { bytes: settings.chunkBytes, entries: settings.chunkEntries };
  const interrupted = (): SmartScannerError =>
    new SmartScannerError('INTERRUPTED', 'Stopped before the plan was made.');
  const prepared = await prepare(shared, request, listener, signal).catch((error: unknown) => {
    throw signal.aborted ? interrupted() : error;
  });
  const { pick, tuning, boundPath, way, known } = prepared;
  const runtime = pick.runtime.kind;
  if (way === 'published' && known !== null) {
    const { items } = await shared.catalog().publishedItems({ mountId: known.mount.mountId, limits });
    return report(way, runtime, pack(items, limits), true, 'Sizes are those of the last inventory.');
  }
  if (way === 'fast-start') {
    const first: PlannedChunk = {
      items: [{ path: '', mode: 'subtree', entries: null, bytes: null }],
      entries: null,
      bytes: null,
      oversized: false,
    };
    return report(
      way,
      runtime,
      [first],
      false,
      'Fast start measures nothing: the first worker finds the other chunks as it goes.',
    );
  }
  const measuring = new Measuring({
    runtime: pick.runtime,
    labels: {
      host: pick.info.ids[0],
      scan: 'none',
      chunk: '0',
      attempt: uuidv7(),
      role: 'measure',
      owner: shared.owner,
    },
    mountPath: boundPath,
    settings,
    tuning,
    clock: systemClock,
    fetchDir: shared.places.fetched,
    signal,
    onChunks: () => undefined,
    onProgress: (line) => listener.progress(`Measured ${line.entries} entries`),
    onWarning: (text) => listener.progress(text),
  });
  const { items, complete } = await measuring.run();
  if (signal.aborted) throw interrupted();
  // With everything known, packing afresh is better than what could be packed on the way.
  return report(
    way,
    runtime,
    pack(items, limits),
    complete,
    complete ? null : 'Some sizes are unknown: measuring ended early.',
  );
}

function report(
  way: PlanReport['way'],
  runtime: PlanReport['runtime'],
  chunks: readonly PlannedChunk[],
  complete: boolean,
  remark: string | null,
): PlanReport {
  const sum = (pick: (chunk: PlannedChunk) => number | null): number | null =>
    chunks.reduce<number | null>((total, chunk) => {
      const value = pick(chunk);
      return total === null || value === null ? null : total + value;
    }, 0);
  return {
    way,
    runtime,
    chunks,
    entries: sum((chunk) => chunk.entries),
    bytes: sum((chunk) => chunk.bytes),
    complete,
    remark,
  };
}
