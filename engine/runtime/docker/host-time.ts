import type { HostTime } from '../runtime.ts';

/** From `SystemTime` of `GET /info`: RFC 3339 in the daemon's own zone, with up to nine decimals of a second. */
export function hostTimeOf(systemTime: string): HostTime {
  const atMs = Date.parse(systemTime.replace(/(\.\d{3})\d+/u, '$1'));
  const zone = /([+-])(\d{2}):(\d{2})$/u.exec(systemTime);
  const [, sign = '+', hours = '0', minutes = '0'] = zone ?? [];
  const ahead = Number(hours) * 60 + Number(minutes);
  return { atMs: Number.isNaN(atMs) ? Date.now() : atMs, offsetMinutes: sign === '-' ? -ahead : ahead };
}
