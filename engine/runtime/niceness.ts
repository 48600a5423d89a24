import { readFileSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Linux lets an ordinary user change this ten times a second, all programs together. */
const AGAIN_MS = 150;
const MOST_TRIES = 4;

/**
 * Of the whole process, its later threads too. Being as important as others is no reason not to work: it never throws.
 *
 * A process that leads a session (`detached`) needs it said of its autogroup as well: with `sched_autogroup_enabled`, as desktops have it, Linux
 * shares processors out among sessions first, and niceness counts only inside of one (sched(7)).
 */
export function setNiceness(pid: number, niceness: number): void {
  if (niceness <= 0) return;
  try {
    setPriority(pid, niceness);
  } catch {
    // It ended already, or we are even nicer ourselves.
  }
  setAutogroup(pid, niceness, MOST_TRIES);
}

function setAutogroup(pid: number, niceness: number, tries: number): void {
  try {
    // That of the terminal or of the desktop is not ours to change.
    if (process.platform === 'linux' && leadsItsSession(pid)) writeFileSync(`/proc/${pid}/autogroup`, `${niceness}`);
  } catch (error) {
    const isTooSoon = (error as NodeJS.ErrnoException).code === 'EAGAIN';
    if (isTooSoon && tries > 1) setTimeout(() => setAutogroup(pid, niceness, tries - 1), AGAIN_MS).unref();
    // Else it ended already, or this kernel has no such groups.
  }
}

function leadsItsSession(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the name, which may hold anything: state, parent, process group, session.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]) === pid;
}
