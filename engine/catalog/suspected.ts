import { DIR_STATE } from '../../shared/shard-schema.ts';
import type { RootMode } from '../../shared/worker-protocol.ts';
import type { AttemptEnd, HarvestReply } from './api.ts';
import type { Quarantine } from './quarantine.ts';
import type { ShardTree } from './shard-dirs.ts';
import { CRASH, judge, type Verdict } from './suspects.ts';

/** A directory that stalled or ended its worker, and how it is entered when it is tried again. */
export type Suspect = HarvestReply['suspects'][number] & { readonly mode: RootMode };

/** What a suspect's row says until it was tried again, or for good. */
export const FATES = {
  'tried-alone': { state: DIR_STATE.pending, reason: null },
  'set-aside': { state: DIR_STATE.failed, reason: 'QUARANTINED' },
} as const satisfies Record<Verdict['fate'], { state: number; reason: string | null }>;

/** The directories of a shard that are to blame for how its attempt ended, by their ids there. */
export function judgeAll(
  tree: ShardTree,
  chunk: { readonly alone: number; readonly strikes: number; readonly last: number },
  rootCount: number,
  end: AttemptEnd,
): Map<number, Verdict> {
  const tried = { alone: chunk.alone === 1, strikes: chunk.strikes, last: chunk.last === 1, rootCount };
  const verdicts = new Map<number, Verdict>();
  for (const dir of tree.dirs) {
    const verdict = judge(dir, tried, end);
    if (verdict !== null) verdicts.set(dir.id, verdict);
  }
  return verdicts;
}

/** What was proven twice is not tried any more in this scan, and last in the next one. */
export function setAside(
  quarantine: Quarantine,
  { mount, scanId }: { readonly mount: number; readonly scanId: string },
  suspects: readonly Suspect[],
  end: AttemptEnd,
): void {
  for (const { path, syscall, strikes, fate } of suspects) {
    if (fate !== 'set-aside') continue;
    const what = syscall === CRASH ? 'ended its worker' : `did not come back from ${syscall ?? 'a system call'}`;
    const reason = `It ${what}, alone, ${strikes} times; last: ${end.reason ?? end.outcome}`;
    quarantine.add(mount, { path, syscall, reason, sinceMs: end.endedAtMs, scanId });
  }
}
