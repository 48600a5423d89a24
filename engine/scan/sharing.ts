import type { Attempt } from './attempt.ts';

/** Fewer pending directories than this are not worth another worker. */
const SPLIT_AT_LEAST_PENDING = 4;

/** Whose work idle workers get: the one that has most left to do, once it ran long enough. One at a time, as long as it takes. */
export function mostLoaded(
  attempts: Iterable<Attempt>,
  splitAfterMs: number,
  pendingOf: (attemptId: string) => { readonly pending: number; readonly ranMs: number },
): Attempt | null {
  let best: { attempt: Attempt; pending: number } | null = null;
  for (const attempt of attempts) {
    if (attempt.isSplit) return null;
    const { pending, ranMs } = pendingOf(attempt.id);
    if (!attempt.splittable || pending < SPLIT_AT_LEAST_PENDING || ranMs < splitAfterMs) continue;
    if (best === null || pending > best.pending) best = { attempt, pending };
  }
  return best?.attempt ?? null;
}
