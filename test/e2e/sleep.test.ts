import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectSame } from '../support/compare.ts';
import { DesktopApp, makeSeries } from './support/desktop.ts';
import { goTo } from './support/places.ts';
import { merged, runOf, SLOW } from './support/scans.ts';

const ENDS_MS = 120_000;
/** A gap of ten seconds and one look is a sleep. */
const ASLEEP_MS = 12_500;

let desktop: DesktopApp;

beforeAll(async () => {
  desktop = await DesktopApp.launch();
});
afterAll(async () => {
  await desktop[Symbol.asyncDispose]();
});

it('keeps this computer awake while a scan runs and that is wished, and at no other time', async () => {
  const blockers = (): Promise<number> =>
    desktop.app.evaluate(
      ({ powerSaveBlocker }) =>
        Array.from({ length: 50 }, (_, id) => id).filter((id) => powerSaveBlocker.isStarted(id)).length,
    );
  await desktop.request('settings.change', { keepAwake: true });
  expect(await blockers()).toBe(0);
  await desktop.request('scan.start', { mountPath: makeSeries(10), mountName: 'Awake', choices: SLOW });
  await merged(desktop, 'Awake', 1);
  const runId = (await runOf(desktop, 'Awake'))?.runId ?? '';
  // It does not end meanwhile.
  await desktop.request('scan.pause', { runId });
  expect(await blockers()).toBe(1);
  await desktop.request('settings.change', { keepAwake: false });
  expect(await blockers()).toBe(0);
  await desktop.request('settings.change', { keepAwake: true });
  expect(await blockers()).toBe(1);
  await desktop.request('scan.unpause', { runId });
  await expect.poll(async () => (await runOf(desktop, 'Awake'))?.phase, { timeout: ENDS_MS }).toBe('ended');
  await expect.poll(blockers).toBe(0);
});

it('says what became of a scan while this computer slept, and the scan is whole', async () => {
  const { page } = desktop;
  const path = makeSeries(40);
  await desktop.request('scan.start', { mountPath: path, mountName: 'Asleep', choices: SLOW });
  await goTo(desktop, 'Scans');
  await page.getByRole('button', { name: /^Asleep/ }).click();
  await merged(desktop, 'Asleep', 2);
  // As if the lid were closed: nothing of the app's own process runs, but for the workers.
  desktop.process.kill('SIGSTOP');
  await delay(ASLEEP_MS);
  desktop.process.kill('SIGCONT');
  await page.getByText(/^While this computer slept, [01] chunks? finished and \d+ waited\. Continuing\./).waitFor();
  await page.getByText(/^It woke up /).waitFor();
  await page.getByRole('heading', { name: 'All of Asleep is inventoried.' }).waitFor({ timeout: ENDS_MS });
  expectSame(desktop.dataDir, 'Asleep', path);
});
