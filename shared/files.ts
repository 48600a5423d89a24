import * as v from 'valibot';
import { NameSchema, type Name, type RelativePath } from './names.ts';

/** Which size is meant: people ask for different ones. */
export const MeasureSchema = v.picklist(['allocatedBytes', 'apparentBytes', 'chargedBytes']);
export type Measure = v.InferOutput<typeof MeasureSchema>;

/** `published`: the inventory. `newest`: what the newest scan has merged so far, though it runs or was broken off: provisional. */
export const WhichSchema = v.picklist(['published', 'newest']);
export type Which = v.InferOutput<typeof WhichSchema>;

/** Whose rows are shown. */
export interface InventoryFacts {
  readonly scanId: string;
  /** Only `published` is an inventory; the other two are what a scan has merged so far. */
  readonly state: 'published' | 'running' | 'interrupted';
  /** When it ended; where it has not, when it began. */
  readonly atMs: number;
}

export interface Sizes {
  readonly apparentBytes: bigint;
  readonly allocatedBytes: bigint;
  /** Hard links once, to their lowest path; 0 for the others. Of a scan that runs: not counted yet. */
  readonly chargedBytes: bigint;
}

/** What became of a directory; anything else is `scanned`. */
export type RowState = 'scanned' | 'waiting' | 'failed' | 'excluded' | 'vanished';

/** A directory or an entry of one. */
export interface FileRow extends Sizes {
  readonly kind: 'directory' | 'file' | 'link' | 'other';
  readonly name: Name;
  /** Of directories: files below. */
  readonly files: number | null;
  readonly mtimeMs: number | null;
  readonly state: RowState;
  /** It could not be read again: this is how it was at that time. */
  readonly keptAtMs: number | null;
}

/** One directory and a page of what is directly in it, largest first by the measure that was asked for. */
export interface Listing extends Sizes {
  readonly facts: InventoryFacts;
  readonly path: RelativePath;
  readonly files: number;
  readonly state: RowState;
  readonly keptAtMs: number | null;
  readonly total: number;
  readonly offset: number;
  readonly rows: readonly FileRow[];
}

export interface FoundRow extends FileRow {
  /** From the mount point, with its name. */
  readonly path: RelativePath;
}

/** `place`: in the order of the catalog, which costs least. Ties are broken by place, so that pages fit together. */
export const FindOrderSchema = v.picklist(['place', 'size', 'newest']);
export type FindOrder = v.InferOutput<typeof FindOrderSchema>;

/** After which row the next page begins. `value`: of what it is ordered by, decimal. */
export const FindCursorSchema = v.object({
  source: v.pipe(v.number(), v.integer(), v.minValue(0)),
  value: v.pipe(v.string(), v.regex(/^-?\d{1,20}$/u)),
  dir: v.pipe(v.number(), v.integer()),
  kind: v.picklist([0, 1]),
  name: v.nullable(NameSchema),
});
export type FindCursor = v.InferOutput<typeof FindCursorSchema>;

/** Looks for entries below a directory whose name holds this text; letters match in either case, everything else means itself. */
export const FindQuerySchema = v.object({
  mountId: v.pipe(v.string(), v.regex(/^\d{1,15}$/u)),
  which: WhichSchema,
  /** '': everything. */
  text: v.pipe(v.string(), v.maxLength(255)),
  below: NameSchema,
  kinds: v.picklist(['all', 'files', 'directories']),
  order: FindOrderSchema,
  measure: MeasureSchema,
});
export type FindQuery = v.InferOutput<typeof FindQuerySchema>;

export interface FoundPage {
  readonly facts: InventoryFacts;
  readonly rows: readonly FoundRow[];
  /** null: that was all. */
  readonly next: FindCursor | null;
  /** How many there are; null: not counted (order `place`, or not the first page). */
  readonly total: number | null;
}

/** Regular files by type and by age. */
export interface Totals {
  readonly facts: InventoryFacts;
  readonly types: readonly {
    readonly extension: string;
    readonly files: number;
    readonly apparentBytes: bigint;
    readonly allocatedBytes: bigint;
  }[];
  readonly ages: readonly {
    readonly label: string;
    readonly files: number;
    readonly apparentBytes: bigint;
    readonly allocatedBytes: bigint;
  }[];
}
