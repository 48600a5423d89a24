import { app, dialog } from 'electron';
import type { RunView } from '../../shared/desktop-state.ts';

export interface QuitOptions {
  readonly running: () => readonly RunView[];
  readonly hasTray: () => boolean;
  /** It is decided: windows close from now on. */
  readonly begin: () => void;
  readonly end: () => Promise<void>;
  /** Somebody would rather let it run. */
  readonly kept: () => void;
  readonly failed: (error: unknown) => void;
}

/** Asks where scans run, then ends them before the app ends. A window that is closed ends nothing by itself. */
export function quitInOrder({ running, hasTray, begin, end, kept, failed }: QuitOptions): void {
  let state: 'running' | 'asking' | 'ending' | 'ended' = 'running';
  // After a SIGTERM, as a session that ends sends it, Electron closes the windows and then waits.
  app.on('window-all-closed', () => {
    if (state === 'ended') app.quit();
  });
  app.on('before-quit', (event) => {
    if (state === 'ended') return;
    event.preventDefault();
    if (state !== 'running') return;
    state = 'asking';
    void (async () => {
      if (!(await mayQuit(running(), hasTray()))) {
        state = 'running';
        kept();
        return;
      }
      state = 'ending';
      begin();
      await end().catch(failed);
      state = 'ended';
      app.quit();
    })();
  });
}

/** True where the person wants to quit although scans run. Says what becomes of them. */
async function mayQuit(running: readonly RunView[], hasTray: boolean): Promise<boolean> {
  const [first] = running;
  if (first === undefined) return true;
  const what = running.length === 1 ? `the scan of ${first.mountName}` : `${running.length} scans`;
  const instead = hasTray
    ? 'To let it run instead, close the window: the app stays in the tray.'
    : 'To let it run instead, close the window: it is minimised.';
  const { response } = await dialog.showMessageBox({
    type: 'question',
    title: 'Smart Scanner',
    message: `Stop ${what} and quit?`,
    detail:
      'Workers commit what they have, and what is in the catalog stays. The scan can go on from there the next time. ' +
      instead,
    buttons: ['Keep scanning', 'Stop and quit'],
    defaultId: 0,
    cancelId: 0,
  });
  return response === 1;
}
