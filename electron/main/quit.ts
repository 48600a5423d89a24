import { dialog } from 'electron';
import type { RunView } from '../../shared/desktop-state.ts';

/** True where the person wants to quit although scans run. Says what becomes of them. */
export async function mayQuit(running: readonly RunView[]): Promise<boolean> {
  const [first] = running;
  if (first === undefined) return true;
  const what = running.length === 1 ? `the scan of ${first.mountName}` : `${running.length} scans`;
  const { response } = await dialog.showMessageBox({
    type: 'question',
    title: 'Smart Scanner',
    message: `Stop ${what} and quit?`,
    detail:
      'Workers commit what they have, and what is in the catalog stays. The scan can go on from there the next time. ' +
      'To let it run instead, close the window: the app stays in the tray.',
    buttons: ['Keep scanning', 'Stop and quit'],
    defaultId: 0,
    cancelId: 0,
  });
  return response === 1;
}
