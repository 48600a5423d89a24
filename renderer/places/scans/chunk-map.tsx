import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { nameText } from '../../../shared/names.ts';
import { formatCount } from '../../../shared/units.ts';
import { CHUNK_WORDS, type ChunkLook } from '../../words/scan-words.ts';
import { useScheme, useWidth } from '../../parts/canvas.ts';
import { cellAt, gridFor } from './chunk-layout.ts';
import type { ChunkView } from './use-chunks.ts';

/**
 * Every chunk as a cell of its state's colour, on a canvas: ten thousand elements would be slow. The arrow keys walk over them, and each says what
 * it is; the table below says the same in words.
 */
export function ChunkMap({
  chunks,
  picked,
  pick,
}: {
  readonly chunks: readonly ChunkView[];
  readonly picked: number | null;
  readonly pick: (chunkId: number) => void;
}): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const scheme = useScheme();
  const [hovered, hover] = useState<number | null>(null);
  const grid = gridFor(chunks.length, width);
  const height = grid.rows * (grid.cell + grid.gap);
  useEffect(() => {
    if (canvas.current === null || width === 0) return;
    const frame = requestAnimationFrame(() => {
      if (canvas.current !== null) draw(canvas.current, chunks, gridFor(chunks.length, width), width, picked);
    });
    return () => cancelAnimationFrame(frame);
  }, [chunks, width, picked, scheme]);
  const at = (event: { readonly nativeEvent: MouseEvent }): ChunkView | undefined => {
    const index = cellAt(grid, chunks.length, event.nativeEvent.offsetX, event.nativeEvent.offsetY);
    return index === null ? undefined : chunks[index];
  };
  const shown = chunks.find(({ id }) => id === (hovered ?? picked));
  const index = Math.max(
    0,
    chunks.findIndex(({ id }) => id === picked),
  );
  const pressed = (event: KeyboardEvent): void => {
    const steps: Partial<Record<string, number>> = {
      ArrowRight: index + 1,
      ArrowLeft: index - 1,
      ArrowDown: index + grid.columns,
      ArrowUp: index - grid.columns,
      Home: 0,
      End: chunks.length - 1,
      Enter: index,
    };
    const to = steps[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const chunk = chunks[Math.max(0, Math.min(chunks.length - 1, to))];
    if (chunk !== undefined) pick(chunk.id);
  };
  return (
    <div ref={box} className="chunk-map">
      <canvas
        ref={canvas}
        role="slider"
        tabIndex={0}
        aria-label={summary(chunks)}
        aria-valuemin={1}
        aria-valuemax={chunks.length}
        aria-valuenow={index + 1}
        aria-valuetext={picked === null || shown === undefined ? 'No chunk is picked' : describe(shown)}
        onKeyDown={pressed}
        style={{ width: '100%', height }}
        onMouseMove={(event) => hover(at(event)?.id ?? null)}
        onMouseLeave={() => hover(null)}
        onClick={(event) => {
          const chunk = at(event);
          if (chunk !== undefined) pick(chunk.id);
        }}
      />
      <p className="chunk-hover muted small" aria-hidden="true">
        {shown === undefined ? 'Point at a chunk, or walk with the arrow keys, to see what it is.' : describe(shown)}
      </p>
    </div>
  );
}

/** Cells larger than this have round corners, pixels. */
const ROUND = 9;

export function describe(chunk: ChunkView): string {
  const label = nameText(chunk.label) || 'the mount point itself';
  const more = chunk.rootCount > 1 ? ` and ${formatCount(chunk.rootCount - 1)} more` : '';
  const files = chunk.files === null ? '' : `, ${formatCount(chunk.files)} files`;
  const reason = chunk.reason === null ? '' : `: ${chunk.reason}`;
  return `Chunk ${chunk.id}, ${label}${more}. ${CHUNK_WORDS[chunk.look]}${files}${reason}`;
}

function summary(chunks: readonly ChunkView[]): string {
  const counts = new Map<ChunkLook, number>();
  for (const { look } of chunks) counts.set(look, (counts.get(look) ?? 0) + 1);
  const parts = [...counts].map(([look, count]) => `${formatCount(count)} ${CHUNK_WORDS[look].toLowerCase()}`);
  return `Map of ${formatCount(chunks.length)} chunks: ${parts.join(', ')}`;
}

function draw(
  canvas: HTMLCanvasElement,
  chunks: readonly ChunkView[],
  grid: ReturnType<typeof gridFor>,
  width: number,
  picked: number | null,
): void {
  const scale = window.devicePixelRatio;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(grid.rows * (grid.cell + grid.gap) * scale);
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.scale(scale, scale);
  const style = getComputedStyle(canvas);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const colors = new Map((Object.keys(CHUNK_WORDS) as ChunkLook[]).map((look) => [look, color(`--chunk-${look}`)]));
  const step = grid.cell + grid.gap;
  const radius = Math.min(4, grid.cell / 4);
  // One path a colour: ten thousand fills of their own take ten times as long.
  for (const [look, fill] of colors) {
    context.fillStyle = fill;
    context.beginPath();
    chunks.forEach((chunk, index) => {
      if (chunk.look === look) cellPath(index);
    });
    context.fill();
  }
  const at = picked === null ? -1 : chunks.findIndex(({ id }) => id === picked);
  if (at < 0) return;
  context.strokeStyle = color('--text');
  context.lineWidth = 2;
  context.beginPath();
  cellPath(at);
  context.stroke();

  function cellPath(index: number): void {
    const x = (index % grid.columns) * step;
    const y = Math.floor(index / grid.columns) * step;
    // Corners of small ones can't be seen.
    if (grid.cell > ROUND) context?.roundRect(x, y, grid.cell, grid.cell, radius);
    else context?.rect(x, y, grid.cell, grid.cell);
  }
}
