/** How many cells fit beside one another: large ones for few chunks, down to small ones for thousands. */
export interface Grid {
  readonly cell: number;
  readonly gap: number;
  readonly columns: number;
  readonly rows: number;
}

const LARGEST = 22;
const SMALLEST = 5;
/** Higher than this the map would push everything else off the page. */
const TALLEST = 240;

export function gridFor(count: number, width: number): Grid {
  for (let cell = LARGEST; ; cell -= 1) {
    const gap = cell > 9 ? 3 : 1;
    const columns = Math.max(1, Math.floor((width + gap) / (cell + gap)));
    const rows = Math.max(1, Math.ceil(count / columns));
    if (cell <= SMALLEST || rows * (cell + gap) <= TALLEST) return { cell, gap, columns, rows };
  }
}

/** Which cell a point lies in, or null beside them. */
export function cellAt(grid: Grid, count: number, x: number, y: number): number | null {
  const step = grid.cell + grid.gap;
  const column = Math.floor(x / step);
  const row = Math.floor(y / step);
  const index = row * grid.columns + column;
  return x < 0 || y < 0 || column >= grid.columns || index >= count ? null : index;
}
