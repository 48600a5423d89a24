import { protocol } from 'electron';
import { randomBytes } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { APP_HOST, APP_SCHEME } from '../ipc/trusted-sender.ts';

export const START_URL = `${APP_SCHEME}://${APP_HOST}/index.html`;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

/** Before the app is ready: a scheme like https, without a server. */
export function declareScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serves the files of one folder, and nothing else: what may be asked for is known before anything is. */
export async function serveFiles(folder: string): Promise<void> {
  const names = new Set((await readdir(folder, { withFileTypes: true })).flatMap((e) => (e.isFile() ? [e.name] : [])));
  protocol.handle(APP_SCHEME, async (request) => {
    const { host, pathname } = new URL(request.url);
    const name = pathname.slice(1);
    if (host !== APP_HOST || request.method !== 'GET' || !names.has(name)) return new Response(null, { status: 404 });
    const bytes = await readFile(join(folder, name));
    const type = TYPES[extname(name)] ?? 'application/octet-stream';
    if (extname(name) !== '.html') return new Response(bytes, { headers: headersOf(type) });
    // The component library sets one <style> of its own, which a nonce lets through.
    const nonce = randomBytes(16).toString('base64');
    return new Response(bytes.toString('utf8').replaceAll('NONCE', nonce), {
      headers: { ...headersOf(type), 'content-security-policy': policy(nonce) },
    });
  });
}

function headersOf(type: string): Record<string, string> {
  return { 'content-type': type, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' };
}

function policy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
