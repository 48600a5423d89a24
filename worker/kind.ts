import { ENTRY_KIND } from '../shared/shard-schema.ts';

const KINDS: Readonly<Record<number, number>> = {
  0o100000: ENTRY_KIND.file,
  0o040000: ENTRY_KIND.directory,
  0o120000: ENTRY_KIND.symlink,
  0o010000: ENTRY_KIND.fifo,
  0o140000: ENTRY_KIND.socket,
  0o060000: ENTRY_KIND.blockDevice,
  0o020000: ENTRY_KIND.characterDevice,
};

/** The kind of entry that `st_mode` tells. */
export function kindOf(mode: number): number {
  return KINDS[mode & 0o170000] ?? ENTRY_KIND.unknown;
}
