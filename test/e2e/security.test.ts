import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DesktopApp } from './support/desktop.ts';
import { packagedApp, unprivilegedApp } from './support/packaged.ts';

/** The packaged app, with the sandbox of the operating system, as somebody who isn't root. */
let desktop: DesktopApp;
beforeAll(async () => {
  desktop = await DesktopApp.launch({ ...unprivilegedApp(packagedApp()), sandbox: true });
});
afterAll(async () => {
  await desktop[Symbol.asyncDispose]();
});

const URL_OF_APP = 'app://smart-scanner/index.html';

describe('the page', () => {
  it('has no Node and nothing of Electron but the two functions of the bridge', async () => {
    const seen = await desktop.page.evaluate(() => {
      const all = globalThis as unknown as Record<string, unknown>;
      return {
        absent: ['require', 'process', 'module', 'Buffer', 'ipcRenderer', 'electron'].filter((name) => name in all),
        bridge: Object.keys(all['smartScanner'] as object).sort(),
      };
    });
    expect(seen).toEqual({ absent: [], bridge: ['on', 'request'] });
  });

  it('runs in a process that the system keeps from nearly everything', async () => {
    const pid = await desktop.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.getOSProcessId(),
    );
    const status = readFileSync(`/proc/${pid ?? 0}/status`, 'utf8');
    // 2: system calls are filtered.
    expect(/^Seccomp:\t(\d)/mu.exec(status)?.[1]).toBe('2');
    expect(/^NoNewPrivs:\t(\d)/mu.exec(status)?.[1]).toBe('1');
    expect(/^Uid:\t(\d+)/mu.exec(status)?.[1]).not.toBe('0');
  });

  it('is sandboxed and isolated', async () => {
    const preferences = await desktop.app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      return (contents as unknown as { getLastWebPreferences(): Record<string, unknown> }).getLastWebPreferences();
    });
    expect(preferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
    });
  });

  it('runs no script but its own: not inline, not from elsewhere, not evaluated', async () => {
    const ran = await desktop.page.evaluate(async () => {
      const all = globalThis as unknown as {
        document: {
          createElement(name: string): { textContent: string; src: string; onerror: () => void; onload: () => void };
          head: { append(node: unknown): void };
          addEventListener(name: string, heard: (event: { blockedURI: string }) => void): void;
        };
        inline?: boolean;
      };
      // A machine without a network loads nothing either: the policy itself must have said no.
      let blocked = false;
      all.document.addEventListener('securitypolicyviolation', ({ blockedURI }) => {
        if (blockedURI.startsWith('https://example.com')) blocked = true;
      });
      const inline = all.document.createElement('script');
      inline.textContent = 'globalThis.inline = true';
      all.document.head.append(inline);
      const foreign = await new Promise<string>((resolve) => {
        const script = all.document.createElement('script');
        script.onerror = () => resolve('refused');
        script.onload = () => resolve('loaded');
        script.src = 'https://example.com/x.js';
        all.document.head.append(script);
      });
      // Later, on its own: what a debugger evaluates is let do it.
      const evaluated = await new Promise<boolean>((resolve) => {
        setTimeout(() => {
          try {
            resolve((0, eval)('1') === 1);
          } catch {
            resolve(false);
          }
        }, 10);
      });
      return { inline: all.inline ?? false, foreign, blocked, evaluated };
    });
    expect(ran).toEqual({ inline: false, foreign: 'refused', blocked: true, evaluated: false });
  });

  it('goes nowhere and opens nothing', async () => {
    const opened = await desktop.page.evaluate(
      () => (globalThis as unknown as { open(url: string): unknown }).open('https://example.com/') === null,
    );
    expect(opened).toBe(true);
    const refused = await desktop.app.evaluate(
      ({ BrowserWindow }) =>
        new Promise<boolean>((resolve) => {
          const contents = BrowserWindow.getAllWindows()[0]?.webContents;
          // Heard after the app's own: whether that has refused it. What the first of them refuses, the other never hears.
          contents?.once('will-frame-navigate', (event) => resolve(event.defaultPrevented));
          contents?.once('will-navigate', (event) => resolve(event.defaultPrevented));
          setTimeout(() => resolve(false), 10_000);
          void contents?.executeJavaScript('location.href = "https://example.com/"', true);
        }),
    );
    expect(refused).toBe(true);
    expect(
      await desktop.app.evaluate(({ BrowserWindow }) =>
        BrowserWindow.getAllWindows().map((w) => w.webContents.getURL()),
      ),
    ).toEqual([URL_OF_APP]);
  });

  it('gets no other file than its own', async () => {
    const status = await desktop.page.evaluate(async () => {
      const answers = await Promise.all(
        [
          'app://smart-scanner/../main.cjs',
          'app://smart-scanner/%2e%2e/main.cjs',
          'app://smart-scanner//etc/passwd',
        ].map((url) =>
          fetch(url).then(
            (response) => response.status,
            () => 0,
          ),
        ),
      );
      return answers;
    });
    expect(status).toEqual([404, 404, 404]);
  });
});

describe('main', () => {
  it.each([
    ['scan.start', { mountPath: '/x', mountName: 'X', choices: { chunkBytes: -1 } }],
    ['scan.start', { mountPath: 3, mountName: 'X', choices: {} }],
    ['scan.start', null],
    ['settings.change', { theme: 'pink' }],
    ['settings.change', { dataDir: '/etc' }],
    ['log.open', { source: { kind: 'file', path: '/etc/passwd' } }],
    ['files.totals', { mountId: '1', which: 'published', top: 1e9 }],
  ])('refuses %s with %j', async (name, payload) => {
    expect(await desktop.ask(name, payload)).toMatchObject({ ok: false, error: { code: 'USAGE' } });
  });

  it('knows no request beyond the map', async () => {
    await expect(desktop.ask('toString', null)).rejects.toThrow('no such request');
    await expect(desktop.ask('shell.open', null)).rejects.toThrow('no such request');
  });

  it('answers no page of another origin, though it had the bridge', async () => {
    const answer = await desktop.app.evaluate(async ({ app, BrowserWindow }) => {
      const preload = `${app.getAppPath()}/dist/desktop/preload.cjs`;
      const foreign = new BrowserWindow({
        show: false,
        webPreferences: { preload, sandbox: true, contextIsolation: true },
      });
      try {
        await foreign.loadURL('data:text/html,<p>Somebody else</p>');
        const ask = 'globalThis.smartScanner.request("state.get", undefined)';
        return (await foreign.webContents.executeJavaScript(ask)) as unknown;
      } finally {
        foreign.destroy();
      }
    });
    expect(answer).toMatchObject({
      ok: false,
      error: { code: 'USAGE', message: 'Only the window of the app may ask.' },
    });
  });

  it('answers no frame but the top one', async () => {
    const framed = await desktop.page.evaluate(async () => {
      const all = globalThis as unknown as {
        document: {
          createElement(name: string): { src: string; onload: () => void; contentWindow: object };
          body: { append(node: unknown): void };
        };
      };
      const frame = all.document.createElement('iframe');
      frame.src = 'app://smart-scanner/index.html';
      const loaded = new Promise<void>((resolve) => (frame.onload = resolve));
      all.document.body.append(frame);
      await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, 3000))]);
      try {
        return 'smartScanner' in frame.contentWindow;
      } catch {
        return false;
      }
    });
    expect(framed).toBe(false);
  });
});
