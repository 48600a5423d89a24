export const APP_SCHEME = 'app';
export const APP_HOST = 'smart-scanner';

/** Of a frame: only what Electron tells about it, so that a test needs no window. */
export interface Frame {
  readonly url: string;
  readonly isTopFrame: boolean;
}

/** Only the top frame of a page of ours may ask for anything. An `app://` URL has no origin to compare: its parts are. */
export function isTrusted(frame: Frame | null): boolean {
  if (frame?.isTopFrame !== true) return false;
  try {
    const { protocol, host } = new URL(frame.url);
    return protocol === `${APP_SCHEME}:` && host === APP_HOST;
  } catch {
    return false;
  }
}
