import { expect, it } from 'vitest';
import type { Clock } from './clock.ts';
import { Gate } from './gate.ts';
import { WindowWatch } from './window-watch.ts';

/** Time that passes only while somebody waits for it; ends the watch after a day. */
function heldDay(start: number, stop: AbortController): Clock {
  let ms = start;
  return {
    now: () => ms,
    monotonic: () => ms,
    delay: (wait) => {
      ms += wait;
      if (ms >= start + 86_400_000) stop.abort();
      return Promise.resolve();
    },
  };
}

it('holds and opens the gate at the minute, by the clock of the host', async () => {
  const stop = new AbortController();
  const clock = heldDay(Date.parse('2026-01-31T12:00:30Z'), stop);
  const gate = new Gate(() => clock.now());
  const seen: string[] = [];
  gate.onChange(() => seen.push(`${new Date(clock.now()).toISOString().slice(11, 19)} ${gate.holds}`));
  const watch = new WindowWatch({
    window: { from: 60, to: 420 },
    gate,
    clock,
    log: { path: '', info: () => undefined, warn: () => undefined, error: () => undefined } as never,
    // Its clock is an hour ahead of UTC and ten seconds fast.
    time: () => Promise.resolve({ atMs: clock.now() + 10_000, offsetMinutes: 60 }),
    signal: stop.signal,
  });
  await watch.look();
  expect(gate.reason('window')?.text).toBe("outside 01:00-07:00, goes on at 01:00 of the host's time");
  await watch.run();
  expect(seen).toEqual(['12:00:30 true', '23:59:50 false', '05:59:50 true']);
});

it('leaves all as it is while the host does not answer', async () => {
  const stop = new AbortController();
  const gate = new Gate(() => 0);
  const warned: string[] = [];
  let answers = false;
  const watch = new WindowWatch({
    window: { from: 60, to: 420 },
    gate,
    clock: heldDay(0, stop),
    log: { warn: (text: string) => warned.push(text) } as never,
    time: () => (answers ? Promise.resolve({ atMs: 0, offsetMinutes: 0 }) : Promise.reject(new Error('gone'))),
    signal: stop.signal,
  });
  await watch.look();
  expect([gate.holds, warned.length]).toEqual([false, 1]);
  answers = true;
  await watch.look();
  answers = false;
  await watch.look();
  expect([gate.holds, warned.length]).toEqual([true, 2]);
});
