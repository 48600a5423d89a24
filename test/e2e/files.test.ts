import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBigCatalog } from '../support/big-catalog.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { DesktopApp, makeShare } from './support/desktop.ts';
import { look } from './support/looks.ts';
import { goTo } from './support/places.ts';
import { processesBelow } from './support/processes.ts';

const ROWS = 100_000;
let desktop: DesktopApp;
let share: string;

/** What main did with the shell and was answered by dialogs. */
async function listen(saveTo: string): Promise<void> {
  await desktop.app.evaluate(({ shell, dialog, clipboard }, path) => {
    const did: string[] = [];
    Object.assign(globalThis, { did });
    shell.openPath = (opened: string) => {
      did.push(`open ${opened}`);
      return Promise.resolve('');
    };
    shell.showItemInFolder = (shown: string) => void did.push(`reveal ${shown}`);
    shell.openExternal = (url: string) => {
      did.push(`url ${url}`);
      return Promise.resolve();
    };
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: path });
    clipboard.writeText = ((text: string) => void did.push(`copy ${text}`)) as never;
  }, saveTo);
}

const did = (): Promise<string[]> => desktop.app.evaluate(() => (globalThis as unknown as { did: string[] }).did);

beforeAll(async () => {
  const home = temporaryDirectory();
  share = join(temporaryDirectory(), 'share');
  mkdirSync(join(share, 'Holiday 2010'), { recursive: true });
  mkdirSync(join(share, '..', 'elsewhere'));
  symlinkSync(join(share, '..', 'elsewhere'), join(share, 'Everything'));
  makeBigCatalog(join(home, 'data'), share, 'Media', { files: ROWS, folders: 2_000, inOneFolder: ROWS });
  desktop = await DesktopApp.launch({ home });
});
afterAll(async () => {
  await desktop[Symbol.asyncDispose]();
});

/** The steps build on one another: one app, as a person uses it. */
describe('files', () => {
  it('lists a folder of a hundred thousand, by keyboard to its end and back', async () => {
    const { page } = desktop;
    await listen(join(desktop.home, 'media.csv'));
    await goTo(desktop, 'Files');
    const list = page.getByRole('grid', { name: 'In this folder' });
    await list.getByRole('row', { name: /Everything/ }).waitFor();
    await look(desktop, 'files');
    await list.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByText('100,000 directly here').waitFor();
    await list.focus();
    await page.keyboard.press('End');
    const end = list.locator(`[aria-rowindex="${ROWS + 1}"]`);
    await end.getByText(/\d{7}/).waitFor();
    expect(await end.getAttribute('aria-selected')).toBe('true');
    expect(await list.getByRole('row').count()).toBeLessThan(80);
    await look(desktop, 'files-100000');
    await page.keyboard.press('Alt+ArrowUp');
    await list.getByRole('row', { name: /Everything/ }).waitFor();
  });

  it('finds names in a folder, in the order asked for, and copies a path', async () => {
    const { page } = desktop;
    await page.keyboard.press('Control+f');
    await page.keyboard.type('HOLIDAY 00');
    const found = page.getByRole('grid', { name: 'Found' });
    await found.locator('.virtual-row').first().waitFor();
    await page.getByText(/^[\d,]+ entries$/).waitFor();
    await look(desktop, 'files-found');
    // Pressed headings order what was found, and say which one does.
    const heading = (name: string) => found.getByRole('columnheader', { name });
    expect(await heading('Size').getAttribute('aria-sort')).toBe('descending');
    const first = found.locator('[aria-rowindex="2"]');
    const largest = await first.innerText();
    await heading('Folder').getByRole('button').click();
    await expect.poll(() => first.innerText()).not.toBe(largest);
    expect(await heading('Folder').getAttribute('aria-sort')).toBe('ascending');
    expect(await heading('Size').getAttribute('aria-sort')).toBe('none');
    await heading('Size').getByRole('button').press('Enter');
    await expect.poll(() => first.innerText()).toBe(largest);
    await found.locator('.virtual-row').first().click();
    await page.getByRole('button', { name: 'Copy path' }).click();
    await expect.poll(did).toEqual([expect.stringMatching(/^copy .*\/share\/.*Holiday 00\d{5}/u)]);
    await page.getByRole('searchbox').fill('100%_');
    await page.getByText('Nothing here has “100%_” in its name').waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    for (const tab of ['Largest files', 'Types', 'Ages']) {
      await page.getByRole('tab', { name: tab }).click();
      await page.getByRole('columnheader', { name: 'Size' }).waitFor();
      await look(desktop, `files-${tab.toLowerCase().replace(' ', '-')}`);
    }
    await page.getByRole('tab', { name: 'Types' }).click();
    const types = page.getByRole('table', { name: 'By type' });
    await types.getByRole('columnheader', { name: 'Files' }).getByRole('button').click();
    await types.getByRole('columnheader', { name: 'Files' }).and(page.locator('[aria-sort="descending"]')).waitFor();
    const counts = (await types.locator('.total-row .bar-more').allInnerTexts()).map((text) =>
      Number(text.replace(/,/gu, '')),
    );
    expect(counts.length).toBeGreaterThan(2);
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    await page.getByRole('button', { name: /^\.nef/ }).click();
    await found
      .getByText(/\.nef$/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByRole('tab', { name: 'Folders' }).click();
  });

  it('exports what is shown as CSV, all of it', async () => {
    const { page } = desktop;
    const memory = (): Promise<number> => desktop.app.evaluate(() => process.memoryUsage().rss);
    const before = await memory();
    await page.getByRole('button', { name: 'Export CSV' }).click();
    await page.getByText(/rows are in .*media\.csv/).waitFor({ timeout: 120_000 });
    const text = readFileSync(join(desktop.home, 'media.csv'), 'utf8');
    const lines = text.split('\r\n');
    const [mount] = (await desktop.request('state.get', undefined)).mounts ?? [];
    expect(lines).toHaveLength((mount?.files ?? 0) + (mount?.directories ?? 0) - 1 + 2);
    expect(lines[0]).toBe('\ufeffpath,kind,size_bytes,allocated_bytes,modified,state,inventoried,path_bytes_base64');
    expect(new Set(lines).size).toBe(lines.length);
    console.log(
      `CSV of ${lines.length} lines: the app grew by ${Math.round(((await memory()) - before) / 1024 ** 2)} MiB`,
    );
  });

  it('can stop an export after other places were looked at, and leaves nothing of it', async () => {
    const { page } = desktop;
    const target = join(desktop.home, 'stopped.csv');
    await desktop.app.evaluate(({ dialog }) => {
      dialog.showSaveDialog = () =>
        new Promise((resolve) => {
          Object.assign(globalThis, { saveTo: (filePath: string) => resolve({ canceled: false, filePath }) });
        });
    });
    await page.getByRole('button', { name: 'Export CSV' }).click();
    const stop = page.getByRole('button', { name: 'Stop export' });
    await stop.waitFor();
    await goTo(desktop, 'Overview');
    await goTo(desktop, 'Files');
    await stop.waitFor();
    await page
      .getByRole('grid', { name: 'In this folder' })
      .getByRole('row', { name: /Everything/ })
      .waitFor();
    const catalogs = processesBelow(desktop.process.pid ?? 0, /catalog\.mjs/u);
    // It can't be done before it is stopped.
    for (const pid of catalogs) process.kill(pid, 'SIGSTOP');
    try {
      await desktop.app.evaluate(
        (_electron, path) => (globalThis as unknown as { saveTo(path: string): void }).saveTo(path),
        target,
      );
      await expect.poll(() => existsSync(`${target}.part`)).toBe(true);
      await stop.click();
    } finally {
      for (const pid of catalogs) process.kill(pid, 'SIGCONT');
    }
    await page.getByRole('button', { name: 'Export CSV' }).waitFor();
    expect(catalogs).toHaveLength(1);
    expect([target, `${target}.part`].filter((path) => existsSync(path))).toEqual([]);
  });

  it('opens a folder on this computer, marks a file, and refuses what leads out of the share', async () => {
    const { page } = desktop;
    const list = page.getByRole('grid', { name: 'In this folder' });
    await list.getByRole('row', { name: /^Holiday 2010/ }).click();
    await page.getByRole('button', { name: 'Open on this computer' }).click();
    await expect.poll(async () => (await did()).at(-1)).toBe(`open ${share}/Holiday 2010`);
    await list.getByRole('row', { name: /^Everything/ }).click();
    await page.getByRole('button', { name: 'Open on this computer' }).click();
    await page.getByText(/Everything leads out of .* and is not opened/).waitFor();
    await look(desktop, 'files-refused');
    await goTo(desktop, 'Settings');
    const field = page.getByRole('textbox', { name: /^Media/ });
    await field.fill('Z:\\');
    await page.getByText('Drive letters are for Windows').waitFor();
    await field.fill('smb://tower/Media');
    await page.getByRole('button', { name: 'Save' }).click();
    await goTo(desktop, 'Files');
    await list.getByRole('row', { name: /^Everything/ }).dblclick();
    await list.locator('.virtual-row').first().click();
    await page.getByRole('button', { name: 'Show on this computer' }).click();
    await expect.poll(async () => (await did()).at(-1)).toBe('url smb://tower/Media/Everything/');
    expect((await did()).filter((one) => one.startsWith('open '))).toHaveLength(1);
    const refused = { path: '../x', mountId: '1', isDirectory: false };
    expect(await desktop.ask('files.open', refused)).toMatchObject({ error: { code: 'OPEN_REFUSED' } });
  });

  it('fills while a scan runs, says so, and shows the inventory when it has ended', async () => {
    const { page } = desktop;
    const tree = makeShare(2_000);
    await desktop.request('scan.start', {
      mountPath: tree.path,
      mountName: 'New',
      choices: { chunkEntries: 40, maxContainers: 1, planWay: 'measure' },
    });
    await goTo(desktop, 'Files');
    await page.getByRole('button', { name: /^Media Mount point|Mount point/ }).click();
    await page.getByRole('option', { name: 'New', exact: true }).click();
    await page.getByText(/Provisional: the scan is running/).waitFor();
    await page.getByRole('row', { name: /Films/ }).waitFor();
    await look(desktop, 'files-provisional');
    await page.getByText(/Provisional/).waitFor({ state: 'detached', timeout: 120_000 });
    await page.getByText(/inventoried just now/).waitFor();
    await page.getByText(/in 2,001 files/).waitFor();
  });
});

it('without an inventory says what will be here', async () => {
  await using empty = await DesktopApp.launch();
  await goTo(empty, 'Files');
  await empty.page.getByText('Nothing is scanned yet').waitFor();
  await look(empty, 'files-empty');
});
