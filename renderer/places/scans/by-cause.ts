import type { ChunkView } from './use-chunks.ts';

export interface Cause {
  readonly reason: string;
  readonly chunks: readonly ChunkView[];
}

/** Chunks that failed for the same reason, the commonest first. Numbers and ids in a reason don't make another one. */
export function byCause(failed: readonly ChunkView[]): Cause[] {
  const causes = new Map<string, { reason: string; chunks: ChunkView[] }>();
  for (const chunk of failed) {
    const reason = chunk.reason ?? 'No reason is known.';
    const key = reason.replaceAll(/[0-9a-f-]{12,}|\d+/giu, '#');
    const cause = causes.get(key) ?? { reason, chunks: [] };
    cause.chunks.push(chunk);
    causes.set(key, cause);
  }
  return [...causes.values()].sort((a, b) => b.chunks.length - a.chunks.length);
}
