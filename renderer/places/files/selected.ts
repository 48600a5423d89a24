import type { RelativePath } from '../../../shared/names.ts';

/** The row that is marked, for the buttons above the list. */
export interface Selected {
  readonly path: RelativePath;
  readonly isDirectory: boolean;
}
