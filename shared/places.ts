import type { Name } from './names.ts';

/** What a place is on its system. `system`: the disk that the system itself is on. */
export type PlaceKind = 'share' | 'disk' | 'pool' | 'volume' | 'dataset' | 'mount' | 'network' | 'system' | 'home';

/** What a person would call the machine, by how its file systems lie. */
export type NasSystem = 'unraid' | 'synology' | 'truenas' | 'linux' | 'other';

/** Bytes of a whole file system, never of a folder: `of` says which one. */
export interface PlaceSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** `array`: everything that Unraid's user shares lie on, the same for each of them. */
  readonly of: 'array' | 'disk' | 'pool' | 'volume' | 'dataset' | 'file-system';
}

/** What a published inventory says of a directory: true when it was scanned, and dated for that. */
export interface KnownSize {
  readonly mountName: string;
  readonly files: number;
  readonly apparentBytes: bigint;
  readonly allocatedBytes: bigint;
  readonly scannedAtMs: number;
}

/** A directory of a host that may be a mount point. */
export interface Place {
  readonly path: string;
  /** Its last part. */
  readonly name: string;
  readonly kind: PlaceKind;
  /** Where it lies, where `path` is a symbolic link (a share of Unraid that is on one pool only); null: it is none. */
  readonly target: string | null;
  readonly filesystem: string | null;
  /** Read through a program: several times slower than the disks below it. */
  readonly isFuse: boolean;
  readonly space: PlaceSpace | null;
  /** null: never scanned, so nobody knows how large it is. */
  readonly known: KnownSize | null;
  /** Why it can't be looked at, or null. */
  readonly problem: string | null;
}

export interface PlacesReport {
  readonly address: string;
  readonly hostName: string;
  readonly system: NasSystem;
  /** Shares first, then disks and pools, each by name. */
  readonly places: readonly Place[];
}

export type ListedKind = 'directory' | 'file' | 'symlink' | 'other';

export interface ListedEntry {
  readonly name: Name;
  readonly kind: ListedKind;
  /** Of a file; a directory has none that was not scanned: see `known`. */
  readonly bytes: number | null;
  readonly mtimeMs: number | null;
  /** Of a symbolic link, as it is written. */
  readonly target: Name | null;
  readonly known: KnownSize | null;
  /** Why it could not be looked at, or null. */
  readonly problem: string | null;
}

/** One directory of a host, as a worker there sees it. */
export interface ListingReport {
  readonly address: string;
  readonly hostName: string;
  readonly path: string;
  /** Where it lies, where a part of `path` is a symbolic link; null: as it is called. */
  readonly target: string | null;
  readonly filesystem: string | null;
  readonly isFuse: boolean;
  readonly space: Omit<PlaceSpace, 'of'> | null;
  readonly entries: readonly ListedEntry[];
  /** There are more than were looked at. */
  readonly truncated: boolean;
  readonly known: KnownSize | null;
}

/** Which host, for what is asked of one: a name, an address, or null for the one that a scan would use. */
export interface HostChoice {
  readonly host: string | null;
  readonly runtime: 'auto' | 'docker' | 'process';
}
