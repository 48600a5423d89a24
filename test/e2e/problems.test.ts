import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';
import { DesktopApp, makeShare, ROOT } from './support/desktop.ts';
import { look } from './support/looks.ts';
import { Notifications } from './support/notifications.ts';

/** The app with a worker that ends with exit code 1 at each chunk that holds `Films/`, as long as the flag is there. */
function appWithBrokenWorker(): { readonly app: string; readonly mend: () => void } {
  const app = temporaryDirectory();
  const flag = join(app, 'broken');
  writeFileSync(flag, '');
  cpSync(join(ROOT, 'package.json'), join(app, 'package.json'));
  mkdirSync(join(app, 'dist'));
  for (const name of ['node_modules', 'dist/desktop', 'dist/catalog.mjs', 'Dockerfile.smart'])
    symlinkSync(join(ROOT, name), join(app, name));
  const real = pathToFileURL(join(ROOT, 'dist', 'worker.mjs')).href;
  writeFileSync(
    join(app, 'dist', 'worker.mjs'),
    `import { existsSync, readFileSync } from 'node:fs';
const [, , kind, job] = process.argv;
if (kind === 'scan' && existsSync(${JSON.stringify(flag)}) && readFileSync(job, 'utf8').includes('Films')) {
  console.error('The disk made an odd noise.');
  process.exit(1);
}
await import(${JSON.stringify(real)});
`,
  );
  return { app, mend: () => rmSync(flag) };
}

it('tells of a chunk that failed, leads to it with a click, and tries again once it is mended', async () => {
  await using notifications = await Notifications.start();
  const { app, mend } = appWithBrokenWorker();
  await using desktop = await DesktopApp.launch({ app });
  const { page } = desktop;
  const share = makeShare(20);
  await desktop.request('scan.start', {
    mountPath: share.path,
    mountName: 'Media',
    choices: { chunkEntries: 40, retries: 0, planWay: 'measure', runtime: 'process' },
  });
  await page.getByRole('button', { name: 'NAS', exact: true }).click();
  await notifications.waitForOne();
  await notifications.clickNewest();
  await page.getByRole('heading', { name: /^Media is (inventoried but|being scanned)/ }).waitFor();
  await page
    .getByRole('article', { name: /^Chunk \d+/ })
    .getByText('Tries')
    .waitFor();
  const told = await notifications.closeAll();
  expect(told.some(([title]) => title === 'Media: 1 chunk failed')).toBe(true);

  const fix = page.getByRole('button', { name: /^Fix \d+ problem/ });
  await fix.waitFor();
  await fix.click();
  await page.getByRole('heading', { name: '1 chunk failed' }).waitFor();
  await look(desktop, 'scan-with-problems');
  mend();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'All of Media is inventoried.' }).waitFor();
  await page.getByRole('button', { name: 'See files' }).waitFor();
});
