import type { Name } from './names.ts';

/** The closing account of a scan. bigint fields are decimal strings in JSON. */
export interface Certificate {
  readonly version: 1;
  readonly scanId: string;
  readonly mountName: string;
  readonly mountPath: string;
  readonly hostName: string;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  /**
   * covered: every directory was scanned, excluded by a rule or vanished; gaps: some failed, or were never reached;
   * disagrees: the sums do not add up, which is an error by itself.
   */
  readonly verdict: 'covered' | 'gaps' | 'disagrees';
  readonly interrupted: boolean;
  readonly published: boolean;
  /** Why not, when not. */
  readonly unpublishedReason: string | null;
  /** Over all scanned directories: what reading loops returned and what became of it. */
  readonly entries: {
    readonly returned: number;
    readonly files: number;
    readonly subdirs: number;
    readonly excluded: number;
    readonly failed: number;
    readonly vanished: number;
  };
  readonly directories: {
    readonly total: number;
    readonly scanned: number;
    readonly excluded: number;
    readonly failed: number;
    readonly vanished: number;
    /** Never reached: of failed or stopped chunks. */
    readonly pending: number;
  };
  readonly bytes: { readonly apparent: bigint; readonly allocated: bigint; readonly charged: bigint };
  /** Rows in the catalog, to be equal to entries.files. */
  readonly mergedRows: number;
  readonly gapCount: number;
  /** The first 1,000. */
  readonly gaps: readonly CertificateGap[];
  readonly excludedBy: readonly { readonly rule: string; readonly directories: number }[];
  readonly disagreements: readonly { readonly what: string; readonly expected: string; readonly found: string }[];
  /** Differences from what was measured or published before; null where nothing was known. */
  readonly drift: { readonly entries: number; readonly bytes: number } | null;
  readonly chunks: { readonly total: number; readonly done: number; readonly failed: number; readonly open: number };
  readonly attempts: number;
}

export interface CertificateGap {
  readonly path: Name;
  readonly state: 'failed' | 'pending' | 'entry-failed';
  /** errno code, or one of ours. */
  readonly reason: string;
  readonly syscall: string | null;
  /** A directory's contents are unknown; an entry (`entry-failed`) is only itself. */
  readonly belowUnknown: boolean;
}
