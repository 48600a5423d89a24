import { BrowserWindow, dialog } from 'electron';

const KINDS = { csv: 'Comma-separated values', log: 'Log' } as const;

/** Where to save; null: nowhere. */
export async function askWhere(suggested: string, kind: keyof typeof KINDS): Promise<string | null> {
  const options = { defaultPath: suggested, filters: [{ name: KINDS[kind], extensions: [kind] }] };
  const window = BrowserWindow.getFocusedWindow();
  const { canceled, filePath } = await (window === null
    ? dialog.showSaveDialog(options)
    : dialog.showSaveDialog(window, options));
  return canceled || filePath === '' ? null : filePath;
}

/** A file of this computer; null: none. */
export async function askFile(): Promise<string | null> {
  const { canceled, filePaths } = await dialog.showOpenDialog({ properties: ['openFile', 'showHiddenFiles'] });
  return canceled ? null : (filePaths[0] ?? null);
}

/** A folder of this computer; null: none. */
export async function askFolder(from: string): Promise<string | null> {
  const { canceled, filePaths } = await dialog.showOpenDialog({
    defaultPath: from,
    properties: ['openDirectory', 'createDirectory'],
  });
  return canceled ? null : (filePaths[0] ?? null);
}
