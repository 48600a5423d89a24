import { expect, it } from 'vitest';
import type { App, FixRequest } from '../../engine/app/app.ts';
import type { DoctorEvent } from '../../shared/doctor-events.ts';
import type { Diagnosis, Finding, Fix } from '../../shared/diagnosis.ts';
import { DoctorSessions } from './doctor-sessions.ts';

function retryOf(scanId: string): Fix {
  const action = { do: 'retry', scanId, mountName: 'T', which: 'failed', changes: {} } as const;
  const words = { label: 'Retry', consequence: '', verify: '' };
  return { id: 'retry-failed:T', changes: true, action, copy: null, ...words };
}

it('presses the fix of the finding that is meant, and waits for the scan of that one', async () => {
  const findings = ['first', 'second'].map((key) => ({ key, fixes: [retryOf(key)] }) as unknown as Finding);
  const pressed: FixRequest[] = [];
  const awaited: string[] = [];
  const told: DoctorEvent[] = [];
  const app = {
    queries: { checks: () => [], diagnose: () => Promise.resolve({ findings, muted: [] } as unknown as Diagnosis) },
    commands: {
      fix: (request: FixRequest) => {
        pressed.push(request);
        return Promise.resolve({ fixed: true, said: 'Fixed: done.', next: null });
      },
    },
  } as unknown as App;
  const ended = (scanId: string): null => {
    awaited.push(scanId);
    return null;
  };
  const sessions = new DoctorSessions({
    app,
    desktop: { fixScans: () => ({}) as never, ended },
    send: (_window, event) => told.push(event),
    askPlace: () => Promise.resolve(null),
    now: () => 0,
  });
  const { session } = sessions.open(1, 'all', null, null);
  await expect.poll(() => told.some(({ kind }) => kind === 'looked')).toBe(true);
  sessions.fix(1, session, 'second', 'retry-failed:T');
  await expect.poll(() => told.some(({ kind }) => kind === 'fixed')).toBe(true);
  expect(awaited).toEqual(['second']);
  expect(pressed).toMatchObject([{ findingKey: 'second', fixId: 'retry-failed:T' }]);
});
