import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SmartScannerError } from '../../shared/errors.ts';
import { temporaryDirectory } from '../../test/support/temporary.ts';
import { ask, AskInbox, type Ask } from './asks.ts';

const PAUSE = { kind: 'pause', chunkId: null, by: 'root@tower' } as const;
const REPLY = { workers: 3, holding: 0, waiting: 310, pauses: ['asked by root@tower'] };
const lives = (): Promise<boolean> => Promise.resolve(true);

it('what is asked is answered once, in order, and nothing of it is left', async () => {
  const live = temporaryDirectory();
  const seen: Ask[] = [];
  const inbox = new AskInbox(live, 'scan', (asked) => {
    seen.push(asked);
    return Promise.resolve(REPLY);
  });
  try {
    await expect.poll(() => readdirSync(live), { timeout: 10_000 }).toEqual(['scan.asks']);
    expect(await ask(live, 'scan', PAUSE, lives)).toEqual(REPLY);
    expect(await ask(live, 'scan', { ...PAUSE, kind: 'resume', chunkId: 7 }, lives)).toEqual(REPLY);
    expect(seen).toMatchObject([PAUSE, { kind: 'resume', chunkId: 7, by: 'root@tower' }]);
    expect(readdirSync(join(live, 'scan.asks'))).toEqual([]);
  } finally {
    await inbox.end();
  }
  expect(readdirSync(live)).toEqual([]);
});

it('a refusal comes back as the error that it is, with what to do', async () => {
  const live = temporaryDirectory();
  const inbox = new AskInbox(live, 'scan', () =>
    Promise.reject(new SmartScannerError('NO_SUCH_SCAN', 'It is over.', { hint: 'Scan again.' })),
  );
  try {
    await expect.poll(() => readdirSync(live), { timeout: 10_000 }).toEqual(['scan.asks']);
    await expect(ask(live, 'scan', PAUSE, lives)).rejects.toMatchObject({
      code: 'NO_SUCH_SCAN',
      message: 'It is over.',
      hint: 'Scan again.',
    });
  } finally {
    await inbox.end();
  }
});

it('what is no question is thrown away and stops nobody, also where it lay there before', async () => {
  const live = temporaryDirectory();
  const dir = join(live, 'scan.asks');
  mkdirSync(dir);
  writeFileSync(join(dir, 'a.json'), '{"id":"a","kind":"format the disk","chunkId":null,"by":"me"}');
  writeFileSync(join(dir, 'b.json'), '{"id":"other","kind":"pause","chunkId":null,"by":"me"}');
  writeFileSync(join(dir, 'c.json'), '{');
  const seen: Ask[] = [];
  const inbox = new AskInbox(live, 'scan', (asked) => {
    seen.push(asked);
    return Promise.resolve(REPLY);
  });
  try {
    expect(await ask(live, 'scan', PAUSE, lives)).toEqual(REPLY);
    expect(seen).toHaveLength(1);
    expect(readdirSync(dir)).toEqual([]);
  } finally {
    await inbox.end();
  }
});

it('where nobody runs that scan the question can not be put', async () => {
  await expect(ask(temporaryDirectory(), 'scan', PAUSE, lives)).rejects.toMatchObject({ code: 'DATA_DIR' });
});

it('of a program that was killed no answer is waited for', async () => {
  const live = temporaryDirectory();
  mkdirSync(join(live, 'scan.asks'));
  await expect(ask(live, 'scan', PAUSE, () => Promise.resolve(false))).rejects.toMatchObject({ code: 'NO_SUCH_SCAN' });
  expect(readdirSync(join(live, 'scan.asks'))).toEqual([]);
});
