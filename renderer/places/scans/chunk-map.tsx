import { useEffect, useRef, useState, type ReactNode } from 'react';
import { nameText } from '../../../shared/names.ts';
import { formatCount } from '../../../shared/units.ts';
import { CHUNK_WORDS, type ChunkLook } from '../../words/scan-words.ts';
import { cellAt, gridFor } from './chunk-layout.ts';
import type { ChunkView } from './use-chunks.ts';

/** Every chunk as a cell of its state's colour, on a canvas: ten thousand elements would be slow. The table below says the same in words. */
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
  const shown = hovered === null ? undefined : chunks.find(({ id }) => id === hovered);
  return (
    <div ref={box} className="chunk-map">
      <canvas
        ref={canvas}
        role="img"
        aria-label={summary(chunks)}
        style={{ width: '100%', height }}
        onMouseMove={(event) => hover(at(event)?.id ?? null)}
        onMouseLeave={() => hover(null)}
        onClick={(event) => {
          const chunk = at(event);
          if (chunk !== undefined) pick(chunk.id);
        }}
      />
      <p className="chunk-hover muted small" aria-hidden="true">
        {shown === undefined ? 'Point at a chunk to see what it is.' : describe(shown)}
      </p>
    </div>
  );
}

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
  chunks.forEach((chunk, index) => {
    const x = (index % grid.columns) * step;
    const y = Math.floor(index / grid.columns) * step;
    context.fillStyle = colors.get(chunk.look) ?? '';
    context.beginPath();
    context.roundRect(x, y, grid.cell, grid.cell, radius);
    context.fill();
    if (chunk.id !== picked) return;
    context.strokeStyle = color('--text');
    context.lineWidth = 2;
    context.stroke();
  });
}

function useWidth(box: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (box.current === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [box]);
  return width;
}

/** A canvas doesn't follow the theme by itself. */
function useScheme(): boolean {
  const [isDark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const changed = (): void => setDark(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  return isDark;
}
