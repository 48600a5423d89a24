import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';
import { DesktopApp, makeShare } from './support/desktop.ts';
import { scrollThrough } from './support/frames.ts';
import { look } from './support/looks.ts';

const LINES = 1_000_000;
let desktop: DesktopApp;
let log: string;

const line = (level: string, text: string): string => `2026-01-31 18:05:09 - ${level} - ${text}\n`;

/** As much as a scan of weeks writes, with three problems in it. */
function recorded(): string {
  const parts: string[] = [];
  for (let n = 1; n <= LINES; n += 1) {
    if (n === 400_000) parts.push(line('ERROR', 'Chunk 7 will be tried again (failures: 1): TIMEOUT of the mount'));
    else if (n === 700_000) parts.push(line('WARNING', 'STALL chunk 9: lstat waits for 700 s'));
    else if (n === 900_000)
      parts.push(line('ERROR', 'Failed to start container for chunk 12: no space left on device'));
    else if (n === 900_001) parts.push(line('ERROR', 'CONTAINER LOG chunk 12: worker: disk full'));
    else
      parts.push(
        line(
          'INFO',
          n % 50 === 0
            ? `HEALTH CHECK ${n}: 8 workers`
            : `PROGRESS ${n} files, ${n % 977} files/s, Media/Films/${n % 1013}`,
        ),
      );
  }
  return parts.join('');
}

beforeAll(async () => {
  desktop = await DesktopApp.launch();
  const share = makeShare(40);
  await desktop.request('scan.start', { mountPath: share.path, mountName: 'Media', choices: {} });
  await desktop.page.getByRole('button', { name: 'Scans', exact: true }).click();
  await desktop.page.getByText('Covered').waitFor();
  const [scan] = await desktop.request('scan.history', { limit: 1 });
  log = scan?.logPath ?? '';
});
afterAll(async () => {
  await desktop[Symbol.asyncDispose]();
});

const lines = () => desktop.page.getByRole('region', { name: 'Lines' });
const status = (text: RegExp) => desktop.page.getByRole('region', { name: 'Logs' }).getByRole('status').getByText(text);

/** The steps build on one another: one app, as a person uses it. */
describe('the log', () => {
  it('opens anywhere, of the scan that one looks at, and follows it', async () => {
    const { page } = desktop;
    await page
      .getByRole('button', { name: /^Media/ })
      .first()
      .click();
    await page.keyboard.press('Control+j');
    await lines().getByText('SMART SCAN COMPLETE').first().waitFor();
    appendFileSync(log, line('INFO', 'written later'));
    await lines().getByText('written later').waitFor();
    await look(desktop, 'log');
    await page.getByRole('button', { name: 'App', exact: true }).click();
    await lines()
      .getByText(/Smart Scanner .* on Electron/)
      .waitFor();
    await page.keyboard.press('Control+j');
    await page.getByRole('option').first().click();
    await page.getByRole('button', { name: 'Log of this try' }).click();
    await page.getByText('This worker ended well, and left no log').waitFor();
    await look(desktop, 'log-attempt');
    await page.keyboard.press('Control+j');
    // What is looked for on behalf of a chunk is not looked for in another log.
    const find = page.getByRole('searchbox', { name: 'Find in the log' });
    await page.getByRole('button', { name: 'Its log' }).click();
    await lines().getByText('Chunk 1 starts').waitFor();
    expect(await find.inputValue()).toBe('\\bchunk 1\\b');
    await lines()
      .locator('mark')
      .filter({ hasText: /^chunk 1$/iu })
      .first()
      .waitFor();
    await look(desktop, 'log-chunk');
    await page.getByRole('button', { name: 'App', exact: true }).click();
    await lines()
      .getByText(/Smart Scanner .* on Electron/)
      .waitFor();
    expect(await find.inputValue()).toBe('');
    await page.keyboard.press('Control+j');
  });

  it('of a million lines is read, scrolled, filtered and walked through by its problems', async () => {
    const { page } = desktop;
    writeFileSync(log, recorded());
    await page.keyboard.press('Control+j');
    await status(/^1,000,000 lines$/).waitFor({ timeout: 60_000 });
    await lines().getByText('PROGRESS 999999 files').waitFor();
    const frames = await scrollThrough(page, '.log-lines');
    console.log(
      `1,000,000 lines scroll at ${frames.perSecond.toFixed(1)} frames/s, the slowest frame took ${frames.slowestMs.toFixed(0)} ms`,
    );
    await page.getByRole('button', { name: 'Follow' }).and(page.locator('[aria-pressed="false"]')).waitFor();
    await page.getByRole('button', { name: /^Last problem .*Failed to start container/ }).click();
    await lines().locator('[aria-current]').getByText('no space left on device').waitFor();
    await look(desktop, 'log-million');
    await page.keyboard.press('Shift+F8');
    await lines().locator('[aria-current]').getByText('STALL chunk 9').waitFor();
    await page.getByRole('button', { name: 'Previous' }).click();
    await lines().locator('[aria-current]').getByText('TIMEOUT of the mount').waitFor();
    await page.keyboard.press('F8');
    await lines().locator('[aria-current]').getByText('STALL chunk 9').waitFor();

    await page.getByRole('button', { name: 'HEALTH CHECK' }).click();
    await status(/^19,997 of 1,000,000 lines$/).waitFor({ timeout: 30_000 });
    await lines().locator('mark').first().waitFor();
    expect(new Set(await lines().locator('mark').allInnerTexts())).toEqual(new Set(['HEALTH CHECK']));
    const marked = await scrollThrough(page, '.log-lines');
    console.log(
      `with marks they scroll at ${marked.perSecond.toFixed(1)} frames/s, the slowest frame took ${marked.slowestMs.toFixed(0)} ms`,
    );
    await page.getByRole('button', { name: 'HEALTH CHECK' }).click();
    await page.getByRole('button', { name: 'Warnings and errors' }).click();
    await status(/^4 of 1,000,000 lines$/).waitFor({ timeout: 30_000 });
    await look(desktop, 'log-problems');
    await page.getByRole('button', { name: 'Everything' }).click();
  });

  it('takes expressions, says which are none, and survives one that never ends', async () => {
    const { page } = desktop;
    const find = page.getByRole('searchbox', { name: 'Find in the log' });
    await page.getByRole('button', { name: 'Regular expression' }).click();
    await find.fill('chunk (7|12)\\b');
    await status(/^3 of 1,000,000 lines$/).waitFor({ timeout: 30_000 });
    await lines().locator('mark').nth(2).waitFor();
    expect(await lines().locator('mark').allInnerTexts()).toEqual(['Chunk 7', 'chunk 12', 'chunk 12']);
    await find.fill('(');
    await page.getByText('This is no regular expression.').waitFor();
    await find.fill('^(([a-zA-Z0-9 :,/-]+)+)+!$');
    const began = Date.now();
    // The window goes on meanwhile.
    await page.getByRole('button', { name: 'Overview', exact: true }).click();
    await page.getByRole('heading', { name: /inventoried/ }).waitFor();
    await page.getByText('This expression takes too long on this log, and was stopped.').waitFor({ timeout: 30_000 });
    console.log(`a hopeless expression was stopped after ${Date.now() - began} ms`);
    await page.getByRole('button', { name: 'Regular expression' }).click();
    await find.fill('');
    await status(/^1,000,000 lines$/).waitFor({ timeout: 60_000 });
  });

  it('lets go when one scrolls up, and takes hold again at the end', async () => {
    const { page } = desktop;
    const follow = page.getByRole('button', { name: 'Follow' });
    await follow.click();
    await lines().getByText('PROGRESS 999999 files').waitFor();
    await lines().focus();
    await page.keyboard.press('Home');
    await follow.and(page.locator('[aria-pressed="false"]')).waitFor();
    appendFileSync(log, line('INFO', 'after letting go'));
    await status(/^1,000,001 lines$/).waitFor();
    expect(await lines().getByText('after letting go').count()).toBe(0);
    await page.keyboard.press('End');
    await follow.and(page.locator('[aria-pressed="true"]')).waitFor();
    await lines().getByText('after letting go').waitFor();
  });

  it('is copied, exported and shown where it lies', async () => {
    const { page } = desktop;
    const to = join(temporaryDirectory(), 'problems.log');
    await desktop.app.evaluate(({ shell, dialog, clipboard }, path) => {
      const did: string[] = [];
      Object.assign(globalThis, { did });
      shell.showItemInFolder = (shown: string) => void did.push(`reveal ${shown}`);
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: path });
      clipboard.writeText = ((text: string) => void did.push(text)) as never;
    }, to);
    await page.getByRole('button', { name: 'Errors', exact: true }).click();
    await status(/^3 of 1,000,001 lines$/).waitFor({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    await page.getByText('3 lines copied').waitFor();
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByText('3 lines saved').waitFor();
    await page.getByRole('button', { name: 'Show file' }).click();
    const did = (): Promise<string[]> => desktop.app.evaluate(() => (globalThis as unknown as { did: string[] }).did);
    await expect.poll(async () => (await did()).at(-1)).toBe(`reveal ${log}`);
    expect((await did())[0]).toBe(readFileSync(to, 'utf8'));
    expect(readFileSync(to, 'utf8').split('\n')).toHaveLength(4);
  });
});

it('of a worker that runs is shown as it comes', async () => {
  await using app = await DesktopApp.launch();
  const share = makeShare(3_000);
  mkdirSync(join(share.path, 'More'), { recursive: true });
  await app.request('scan.start', {
    mountPath: share.path,
    mountName: 'Media',
    choices: { chunkEntries: 4, maxContainers: 1, planWay: 'measure' },
  });
  const running = async () => {
    const { runs } = await app.request('state.get', undefined);
    const snapshot = Object.values(runs)[0]?.snapshot;
    const chunks =
      snapshot === undefined || snapshot === null ? [] : await app.request('scan.chunks', { scanId: snapshot.scanId });
    const chunk = chunks.find(({ state }) => state === 'running');
    if (snapshot === undefined || snapshot === null || chunk === undefined) return null;
    const { attempts } = await app.request('scan.chunk', { scanId: snapshot.scanId, chunkId: chunk.id });
    const attempt = attempts.find(({ endedAtMs, worker }) => endedAtMs === null && worker !== null);
    return attempt === undefined ? null : { scanId: snapshot.scanId, chunkId: chunk.id, attemptId: attempt.attemptId };
  };
  await expect
    .poll(
      async () => {
        const attempt = await running();
        if (attempt === null) return '';
        const filter = { level: 'all', text: '', isPattern: false } as const;
        const opened = await app.ask('log.open', { source: { kind: 'attempt', ...attempt }, filter });
        if (!opened.ok) return '';
        const { stream } = opened.value as { stream: number };
        for (let tries = 0; tries < 20; tries += 1) {
          const shown = await app.ask('log.lines', { stream, from: 0, count: 10 });
          const [first] = shown.ok ? (shown.value as { text: string }[]) : [];
          if (first !== undefined) return first.text;
        }
        return '';
      },
      { timeout: 60_000 },
    )
    .toContain('"type":"hello"');
});
