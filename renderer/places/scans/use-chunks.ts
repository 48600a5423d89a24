import { useEffect, useMemo, useRef, useState } from 'react';
import type { ErrorJson } from '../../../shared/errors.ts';
import type { ChunkSummary } from '../../../shared/inventory.ts';
import type { Plain } from '../../../shared/plain.ts';
import type { ScanSnapshot } from '../../../shared/snapshot.ts';
import { useRequest } from '../../store/use-request.ts';
import type { ChunkLook } from '../../words/scan-words.ts';

/** Chunks are read again this often while they change, no oftener; many of them less often: each time takes longer then. */
const AGAIN_MS = 1_000;
const AGAIN_MS_OF_ONE = 0.3;

export type ChunkView = ChunkSummary & { readonly look: ChunkLook };

export interface Chunks {
  readonly chunks: readonly ChunkView[];
  /** They were read at least once. */
  readonly isKnown: boolean;
  readonly error: ErrorJson | null;
  readonly again: () => void;
}

const NONE: readonly ChunkView[] = [];

/** The chunks of a scan; while it runs they are read again as its counts change, and the snapshot tells who runs right now. */
export function useChunks(scanId: string | null, snapshot: Plain<ScanSnapshot> | null): Chunks {
  const counts = snapshot?.chunks;
  const change =
    counts === undefined
      ? ''
      : `${counts.planned} ${counts.queued} ${counts.waiting} ${counts.done} ${counts.failed} ${counts.running}`;
  const againMs = Math.max(AGAIN_MS, (counts?.planned ?? 0) * AGAIN_MS_OF_ONE);
  const version = useThrottled(`${change} ${snapshot?.phase ?? ''}`, againMs);
  const { value, error, again } = useRequest('scan.chunks', scanId === null ? null : { scanId }, version);
  // As text: the snapshot is another one four times a second, and who merges seldom is.
  const mergingIds = (snapshot?.running ?? []).flatMap(({ phase, chunkId }) => (phase === 'merging' ? [chunkId] : []));
  const mergingKey = mergingIds.join(' ');
  const chunks = useMemo(() => {
    if (value === null) return null;
    const merging = new Set(mergingKey.split(' ').map(Number));
    return value.map((chunk) => ({
      ...chunk,
      look: chunk.state === 'running' && merging.has(chunk.id) ? ('merging' as const) : chunk.state,
    }));
  }, [value, mergingKey]);
  return { chunks: chunks ?? NONE, isKnown: chunks !== null, error, again };
}

/** A number that grows when the text changed, at most once in a while; steady change doesn't put it off. No timer while nothing changes. */
function useThrottled(text: string, againMs: number): number {
  const [count, setCount] = useState(0);
  const seen = useRef({ text, atMs: Number.NEGATIVE_INFINITY });
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => {
    if (text === seen.current.text) return;
    seen.current = { ...seen.current, text };
    timer.current ??= setTimeout(
      () => {
        timer.current = null;
        seen.current = { ...seen.current, atMs: performance.now() };
        setCount((before) => before + 1);
      },
      Math.max(0, seen.current.atMs + againMs - performance.now()),
    );
  }, [text, againMs]);
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
      timer.current = null;
    },
    [],
  );
  return count;
}
