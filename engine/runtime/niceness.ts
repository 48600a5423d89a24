import { setPriority } from 'node:os';

/** Of the whole process, its later threads too. Being as important as others is no reason not to work. */
export function setNiceness(pid: number, niceness: number): void {
  try {
    if (niceness > 0) setPriority(pid, niceness);
  } catch {
    // It ended already, or we are even nicer ourselves.
  }
}
