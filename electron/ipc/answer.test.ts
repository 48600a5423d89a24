import { expect, it } from 'vitest';
import { SmartScannerError } from '../../shared/errors.ts';
import { REQUESTS } from '../../shared/ipc.ts';
import { answer, type Handlers } from './answer.ts';
import { isTrusted } from './trusted-sender.ts';

const refusing = new Proxy({} as Handlers, {
  get: () => () => {
    throw new SmartScannerError('NO_SUCH_SCAN', 'There is no such scan.', { hint: 'Look again.' });
  },
});

it('gives errors with their code and what to do, never a rejection', async () => {
  expect(await answer(refusing, 'scan.chunks', { scanId: 'x' }, { id: 1 }, true)).toEqual({
    ok: false,
    error: { code: 'NO_SUCH_SCAN', message: 'There is no such scan.', hint: 'Look again.', evidence: {} },
  });
});

it('refuses what is no object for every request that takes one, before any handler sees it', async () => {
  for (const name of Object.keys(REQUESTS) as (keyof typeof REQUESTS)[]) {
    const { error } = (await answer(refusing, name, 'nonsense', { id: 1 }, true)) as { error: { code: string } };
    expect(error.code, name).toBe('USAGE');
  }
});

it('finds what a reply should not hold, or lacks, where that is looked at', async () => {
  const sample = { cpuPercent: 12, memoryBytes: 5 };
  const asked = async (value: unknown, isChecked: boolean) => {
    const handlers = new Proxy({} as Handlers, { get: () => () => value });
    return await answer(handlers, 'scan.sample', { runId: 'r', chunkId: 1 }, { id: 1 }, isChecked);
  };
  expect(await asked(sample, true)).toEqual({ ok: true, value: sample });
  expect(await asked(null, true)).toEqual({ ok: true, value: null });
  for (const wrong of [{ cpuPercent: 12 }, { ...sample, memoryBytes: 5n }, { ...sample, secret: 'x' }]) {
    expect(await asked(wrong, true)).toMatchObject({
      ok: false,
      error: {
        code: 'INTERNAL',
        message: expect.stringMatching(
          /^The reply to scan\.sample is not as agreed: (?:memoryBytes|secret): /u,
        ) as string,
      },
    });
    expect(await asked(wrong, false)).toEqual({ ok: true, value: wrong });
  }
});

it.each([
  ['app://smart-scanner/index.html', true, true],
  ['app://smart-scanner/index.html', false, false],
  ['app://other/index.html', true, false],
  ['https://smart-scanner/index.html', true, false],
  ['about:blank', true, false],
  ['', true, false],
])('trusts %s (top frame: %s): %s', (url, isTopFrame, trusted) => {
  expect(isTrusted({ url, isTopFrame })).toBe(trusted);
});
it('trusts no frame that is gone', () => {
  expect(isTrusted(null)).toBe(false);
});
