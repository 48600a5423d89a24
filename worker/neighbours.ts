import { existsSync, readFileSync } from 'node:fs';
import type { Neighbours, ProbeJob } from '../shared/worker-protocol.ts';

/** What else works on the host's disks, from Unraid's own state files; files that are not there say that nothing does. */
export function lookAtNeighbours(paths: NonNullable<ProbeJob['neighbours']>): Neighbours {
  return { parity: parityOf(read(paths.parity)), mover: moverRuns(read(paths.mover), paths.seesProcesses) };
}

/** `mdResyncPos` is where a check is, 0 where there is none; `mdResyncDt` is 0 while it is paused. `mdResync` or `mdResyncSize`: how far it goes. */
function parityOf(ini: string | null): Neighbours['parity'] {
  if (ini === null) return null;
  const values = new Map(
    [...ini.matchAll(/^\s*(\w+)\s*=\s*"?([^"\r\n]*)"?\s*$/gmu)].map((line) => [line[1], line[2] ?? '']),
  );
  const number = (key: string): number => Number(values.get(key) ?? 0) || 0;
  const at = number('mdResyncPos');
  if (at <= 0 || values.get('mdResyncDt') === '0') return null;
  const size = number('mdResync') || number('mdResyncSize');
  const action = values.get('mdResyncAction') ?? '';
  return { action: action || 'check', percent: size > 0 ? Math.min(100, (at * 100) / size) : null };
}

/** The file stays where a mover was killed, but in a container the process can't be looked for. */
function moverRuns(text: string | null, seesProcesses: boolean): boolean {
  if (text === null) return false;
  const pid = text.trim();
  return !seesProcesses || !/^\d+$/.test(pid) || existsSync(`/proc/${pid}`);
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
