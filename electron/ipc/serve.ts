import { app, ipcMain, type WebContents } from 'electron';
import { errorToJson, SmartScannerError } from '../../shared/errors.ts';
import { channelOf } from '../../shared/bridge.ts';
import { EVENTS, REQUESTS, type EventName, type Events, type RequestName } from '../../shared/ipc.ts';
import { agreed } from './agreed.ts';
import { answer, type Handlers } from './answer.ts';
import { isTrusted } from './trusted-sender.ts';

/** Serves every request of the map, to pages of ours only. */
export function serveRequests(handlers: Handlers, log: (text: string) => void): void {
  for (const name of Object.keys(REQUESTS) as RequestName[]) {
    ipcMain.handle(channelOf(name), async (event, payload: unknown) => {
      const frame = event.senderFrame;
      const isTop = frame !== null && frame === event.sender.mainFrame;
      if (!isTrusted(frame === null ? null : { url: frame.url, isTopFrame: isTop })) {
        log(`Refused ${name} from ${frame?.url ?? 'a frame that is gone'}`);
        return { ok: false, error: errorToJson(new SmartScannerError('USAGE', 'Only the window of the app may ask.')) };
      }
      return await answer(handlers, name, payload, { id: event.sender.id }, isChecked());
    });
  }
}

/** Sends to a window that may be going away at this moment: then nobody reads it. */
export function sendEvent<K extends EventName>(contents: WebContents, name: K, event: Events[K]): void {
  if (contents.isDestroyed() || contents.isCrashed()) return;
  if (isChecked()) agreed(`The event ${name}`, EVENTS[name], event);
  contents.send(channelOf(name), event);
}

/** What main says is checked where it is built and tested; people's processors are spared that. */
const isChecked = (): boolean => !app.isPackaged;
