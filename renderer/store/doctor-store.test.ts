import { expect, it } from 'vitest';
import type { Diagnosis, Finding, Fix } from '../../shared/diagnosis.ts';
import type { Events } from '../../shared/ipc.ts';
import type { Transport } from '../transport/transport.ts';
import { createDoctorStore, type DoctorStore } from './doctor-store.ts';

const fix: Fix = {
  id: 'retry-failed:T',
  label: 'Retry',
  changes: true,
  consequence: '',
  verify: '',
  action: { do: 'build-image' },
  copy: null,
};

function finding(key: string, explains: readonly string[] = []): Finding {
  const words = { title: key, seen: key, means: '', section: '' };
  const lists = { evidence: [], fixes: [fix], advice: [], checks: [], explains };
  return { id: key.split(':')[0] ?? '', key, severity: 'problem', confidence: 'certain', ...words, ...lists };
}

/** A store that has looked and found these, and what it asks of the app. */
async function looked(...findings: readonly Finding[]): Promise<{ store: () => DoctorStore; asked: unknown[][] }> {
  const asked: unknown[][] = [];
  let hear: (event: Events['doctor']) => void = () => undefined;
  const transport = {
    request: (name: string, payload: unknown) => {
      asked.push([name, payload]);
      return Promise.resolve({ session: 7, checks: [], held: [] });
    },
    on: (_name: string, listener: typeof hear) => {
      hear = listener;
      return () => undefined;
    },
  } as unknown as Transport;
  const store = createDoctorStore(transport);
  store.getState().begin('all', { scanId: null, host: null });
  await Promise.resolve();
  const diagnosis: Diagnosis = { startedAtMs: 0, durationMs: 1, checks: [], findings, muted: [], summary: '' };
  hear({ session: 7, kind: 'looked', diagnosis });
  asked.splice(0);
  return { store: store.getState, asked };
}

it('presses the fix of the card that is shown, where two have fixes that are called alike', async () => {
  const { store, asked } = await looked(finding('a:T'), finding('b:T'));
  store().pass();
  expect(store().step).toEqual({ name: 'cause', key: 'b:T' });
  store().press(fix);
  expect(asked).toEqual([['doctor.fix', { session: 7, findingKey: 'b:T', fixId: fix.id }]]);
});

it('looks again where what was muted had explained others, and only then', async () => {
  const mute = async (explains: readonly string[]): Promise<unknown[]> => {
    const { store, asked } = await looked(finding('a:T', explains), finding('b:T'));
    store().mute('a:T');
    await new Promise((resolve) => setImmediate(resolve));
    return asked.map(([name]) => name);
  };
  expect(await mute([])).toEqual(['doctor.mute']);
  expect(await mute(['chunks-failed'])).toEqual(['doctor.mute', 'doctor.more']);
});
