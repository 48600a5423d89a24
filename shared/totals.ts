/** Totals by file type and age: worker and catalog must agree on every key. */
const WEEK_MS = 604_800_000;
const MAX_EXTENSION = 16;

/** Lower case, without the dot; '' where there is none. A leading dot makes a hidden file, not an extension. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  if (dot <= 0 || dot === name.length - 1 || name.length - dot - 1 > MAX_EXTENSION) return '';
  return name.slice(dot + 1).toLowerCase();
}

/** Week of a modification time, ms UTC, clamped so that nonsense times make no more than two odd rows. */
export function weekOf(mtimeMs: number): number {
  return Math.min(100_000, Math.max(-10_000, Math.floor(mtimeMs / WEEK_MS)));
}

export const S_IFMT = 0o170000;
export const S_IFREG = 0o100000;
