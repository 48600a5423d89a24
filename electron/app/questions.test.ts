import { expect, it } from 'vitest';
import { desktopState } from '../../test/support/desktop-states.ts';
import { Questions } from './questions.ts';
import { StateHub } from './state-hub.ts';

function setup(): { hub: StateHub; questions: Questions; shown: () => number } {
  const hub = new StateHub(desktopState([]));
  let ids = 0;
  let shown = 0;
  const questions = new Questions(
    hub,
    () => `q${(ids += 1)}`,
    () => (shown += 1),
  );
  return { hub, questions, shown: () => shown };
}
/** Whoever waits for a turn gets it in a later one of the loop. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('asks one question after the other, brings the window, and takes an answer to the one that is shown only', async () => {
  const { hub, questions, shown } = setup();
  const offer = { address: 'ssh://tower', type: 'ssh-ed25519', fingerprint: 'SHA256:x' };
  const first = questions.accept(offer);
  const second = questions.passphrase({ kind: 'ssh-key', path: '/k' }, true);
  await turn();
  expect(hub.now.question).toEqual({ id: 'q1', kind: 'host-key', ...offer });
  questions.answer('q2', 'too early');
  questions.answer('q1', true);
  expect(await first).toBe(true);
  await turn();
  expect(hub.now.question).toEqual({ id: 'q2', kind: 'passphrase', of: 'ssh-key', path: '/k', isKept: true });
  questions.answer('q2', 'open sesame');
  expect(await second).toBe('open sesame');
  expect(hub.now.question).toBeNull();
  expect(shown()).toBe(2);
});

it('asks nothing for a look that nobody pressed for, and goes on asking for others', async () => {
  const { hub, questions, shown } = setup();
  const key = { kind: 'ssh-key', path: '/k' } as const;
  const quiet = questions.quietly(async () => {
    await turn();
    return [
      await questions.passphrase(key, true),
      await questions.accept({ address: 'a', type: 't', fingerprint: 'f' }),
    ];
  });
  expect(await quiet).toEqual([null, false]);
  expect(shown()).toBe(0);
  const loud = questions.passphrase(key, true);
  await turn();
  questions.answer(hub.now.question?.id ?? '', 'open sesame');
  expect(await loud).toBe('open sesame');
});

it('takes what does not fit a question for no', async () => {
  const { questions } = setup();
  const { keys } = questions;
  const asked = [
    questions.accept({ address: 'a', type: 't', fingerprint: 'f' }),
    questions.passphrase({ kind: 'tls-key', path: '/k' }, false),
    keys.choose('ssh://tower'),
    keys.password('root@tower'),
    keys.paste('ssh-ed25519 AAAA'),
  ];
  for (const [index, answer] of ['yes', true, 'later', '', null].entries()) {
    await turn();
    questions.answer(`q${index + 1}`, answer);
  }
  expect(await Promise.all(asked)).toEqual([false, null, 'no', null, false]);
});
