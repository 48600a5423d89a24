import { expect, it } from 'vitest';
import { Gate } from './gate.ts';

it('holds while any reason does, and each keeps since when', async () => {
  let now = 1_000;
  const gate = new Gate(() => now);
  const changes: string[] = [];
  gate.onChange(() => changes.push(gate.reasons.map(({ kind, text }) => `${kind} ${text}`).join()));
  let open = false;
  gate.hold('asked', 'by me');
  const opened = gate.untilOpen(new AbortController().signal).then(() => (open = true));
  now = 2_000;
  gate.hold('window', 'until 01:00');
  gate.hold('window', 'until 02:00');
  gate.hold('window', 'until 02:00');
  expect(gate.release('asked')).toBe(true);
  expect(gate.release('asked')).toBe(false);
  await Promise.resolve();
  expect([gate.holds, open]).toEqual([true, false]);
  expect(gate.reason('window')).toEqual({ kind: 'window', text: 'until 02:00', sinceMs: 2_000 });
  gate.release('window');
  await opened;
  expect([gate.holds, open]).toEqual([false, true]);
  expect(changes).toEqual([
    'asked by me',
    'asked by me,window until 01:00',
    'asked by me,window until 02:00',
    'window until 02:00',
    '',
  ]);
});

it('waits no longer than somebody wants to', async () => {
  const gate = new Gate(() => 0);
  const stop = new AbortController();
  gate.hold('disk', 'full');
  const waiting = gate.untilOpen(stop.signal);
  stop.abort();
  await waiting;
  await gate.untilOpen(stop.signal);
  expect(gate.holds).toBe(true);
});
