import { describe, expect, it } from 'vitest';
import { DesktopApp, makeShare } from './support/desktop.ts';

/** Many small chunks, one worker: long enough to do something to it meanwhile. */
const SLOW = { chunkEntries: 5, maxContainers: 1, planWay: 'measure' } as const;
const ENDS_MS = 120_000;

describe('a scan goes on', () => {
  it('after the app was killed in the middle of it, with Continue', async () => {
    const share = makeShare(300);
    const first = await DesktopApp.launch();
    await first.request('scan.start', { mountPath: share.path, mountName: 'Media', choices: SLOW });
    const planned = async (): Promise<number> => {
      const { runs } = await first.request('state.get', undefined);
      return Object.values(runs)[0]?.snapshot?.chunks.planned ?? 0;
    };
    await expect.poll(planned, { timeout: 20_000 }).toBeGreaterThan(0);
    const { home } = first;
    first.app.process().kill('SIGKILL');
    await using second = await DesktopApp.launch({ home });
    await second.page.getByRole('button', { name: 'Continue' }).click();
    await second.page.getByRole('heading', { name: 'All of Media is inventoried.' }).waitFor({ timeout: ENDS_MS });
    const [mount] = await second.request('state.get', undefined).then(({ mounts }) => mounts ?? []);
    expect(mount).toMatchObject({ verdict: 'covered', files: 301 });
  });

  it('a second start shows the window of the first', async () => {
    await using desktop = await DesktopApp.launch();
    await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
    await expect(DesktopApp.launch({ home: desktop.home })).rejects.toThrow();
    const isVisible = (): Promise<boolean | undefined> =>
      desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible());
    await expect.poll(isVisible, { timeout: 20_000 }).toBe(true);
  });
});
