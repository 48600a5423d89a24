import type { RunView } from '../../shared/desktop-state.ts';
import type { Name } from '../../shared/names.ts';

export interface Cause {
  readonly code: string;
  /** What the newest of them said. */
  readonly text: string;
  readonly chunkId: number | null;
  readonly label: Name | null;
  readonly chunks: number;
}

/** Chunks of a run that failed for good. */
export function failedForGood(run: RunView): number {
  return run.snapshot?.chunks.failed ?? 0;
}

/** Why, by code, the commonest first. The snapshot keeps the newest problems only: enough to tell causes apart. */
export function causesOf(run: RunView): readonly Cause[] {
  const causes = new Map<string, Cause>();
  for (const { code, text, chunkId, label, final } of run.snapshot?.problems ?? []) {
    if (final) causes.set(code, { code, text, chunkId, label, chunks: (causes.get(code)?.chunks ?? 0) + 1 });
  }
  return [...causes.values()].sort((a, b) => b.chunks - a.chunks);
}
