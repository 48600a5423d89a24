const TICK_MS = 1_000;

export interface Deadline {
  end(): void;
}

/** Counted in ticks, not by the clock: the time in which this program itself was stopped (SIGSTOP, suspend) is not the other's. */
export function startDeadline(ms: number, passed: () => void): Deadline {
  let left = Math.ceil(ms / TICK_MS);
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    passed();
  }, TICK_MS);
  return { end: () => clearInterval(timer) };
}
