import { app, session } from 'electron';
import { APP_HOST, APP_SCHEME } from '../ipc/trusted-sender.ts';

/** No page of ours goes anywhere, opens anything, embeds anything or asks for a permission, whatever is in it. */
export function refuseEverythingElse(log: (text: string) => void): void {
  app.on('web-contents-created', (_created, contents) => {
    const ours = `${APP_SCHEME}://${APP_HOST}/`;
    const refuse = (event: { preventDefault(): void }, url: string): void => {
      if (url.startsWith(ours)) return;
      event.preventDefault();
      log(`Refused to go to ${url}`);
    };
    contents.on('will-navigate', (event) => refuse(event, event.url));
    contents.on('will-redirect', (event) => refuse(event, event.url));
    contents.on('will-frame-navigate', (event) => refuse(event, event.url));
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(({ url }) => {
      log(`Refused to open ${url}`);
      return { action: 'deny' };
    });
  });
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, decide) => decide(false));
  session.defaultSession.setPermissionCheckHandler(() => false);
  session.defaultSession.on('will-download', (event) => event.preventDefault());
}
