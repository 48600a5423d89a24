import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import type { Answer } from '../../../shared/bridge.ts';
import type { Payload, Reply, RequestName } from '../../../shared/ipc.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

export const ROOT = join(import.meta.dirname, '..', '..', '..');
export const ARTIFACTS = process.env['SMART_SCANNER_TEST_ARTIFACTS'] ?? join(ROOT, '.cache', 'e2e');
const LAUNCH_MS = 60_000;
const CLOSE_MS = 15_000;
/** Longer than any step of a small scan takes on a slow machine. */
const STEP_MS = 20_000;

export interface LaunchOptions {
  /** The folder of a start before, to start again on it. */
  readonly home?: string;
  readonly dockerHost?: string;
  readonly args?: readonly string[];
  /** Where the app lies, if not here. */
  readonly app?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A packaged app, instead of the project's folder. */
  readonly executable?: string;
  /** With Chromium's own sandbox: not as root. */
  readonly sandbox?: boolean;
}

/** The real app in a window on the tests' screen, with directories of its own. */
export class DesktopApp implements AsyncDisposable {
  readonly app: ElectronApplication;
  readonly page: Page;
  readonly home: string;
  /** Of main. Playwright forgets it when the app ends. */
  readonly process: ReturnType<ElectronApplication['process']>;

  private constructor(app: ElectronApplication, page: Page, home: string) {
    this.process = app.process();
    this.app = app;
    this.page = page;
    this.home = home;
  }

  static async launch(options: LaunchOptions = {}): Promise<DesktopApp> {
    const home = options.home ?? temporaryDirectory();
    const electron = process.env['SMART_SCANNER_TEST_ELECTRON'];
    if (electron === undefined) throw new Error('Run this with `npm run e2e`.');
    const app = await _electron.launch({
      executablePath: options.executable ?? join(electron, 'electron'),
      args: [
        ...(options.executable === undefined ? [options.app ?? ROOT] : []),
        ...(options.sandbox === true ? [] : ['--no-sandbox']),
        `--user-data-dir=${join(home, 'user')}`,
        ...(options.args ?? []),
      ],
      chromiumSandbox: options.sandbox === true,
      env: {
        ...(process.env as Record<string, string>),
        SMART_SCANNER_DATA_DIR: join(home, 'data'),
        DOCKER_HOST: options.dockerHost ?? 'unix:///nonexistent/docker.sock',
        ...options.env,
      },
      timeout: LAUNCH_MS,
      // The theme is what is tested: none is pretended.
      colorScheme: null,
    });
    const page = await app.firstWindow({ timeout: LAUNCH_MS });
    page.setDefaultTimeout(STEP_MS);
    await page.getByRole('navigation', { name: 'Places' }).waitFor();
    return new DesktopApp(app, page, home);
  }

  get dataDir(): string {
    return join(this.home, 'data');
  }

  /** Over the preload's bridge, as a page asks. */
  async request<K extends RequestName>(name: K, payload: Payload<K>): Promise<Reply<K>> {
    const answer = await this.ask(name, payload);
    if (!answer.ok) throw new Error(`${answer.error.code}: ${answer.error.message}`);
    return answer.value as Reply<K>;
  }

  ask(name: string, payload: unknown): Promise<Answer<unknown>> {
    return this.page.evaluate(
      ([to, what]) =>
        (
          globalThis as unknown as { smartScanner: { request(a: unknown, b: unknown): Promise<unknown> } }
        ).smartScanner.request(to, what),
      [name, payload] as const,
    ) as Promise<Answer<unknown>>;
  }

  async resize(width: number, height: number): Promise<void> {
    await this.app.evaluate(({ BrowserWindow }, [w, h]) => BrowserWindow.getAllWindows()[0]?.setContentSize(w, h), [
      width,
      height,
    ] as const);
    await this.page.waitForFunction(
      ([w, h]) => {
        const { innerWidth, innerHeight } = globalThis as unknown as { innerWidth: number; innerHeight: number };
        return innerWidth === w && innerHeight === h;
      },
      [width, height] as const,
    );
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(ARTIFACTS, { recursive: true });
    await this.page.screenshot({ path: join(ARTIFACTS, `${name}.png`), animations: 'disabled' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.process;
    const gone = new Promise<void>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve();
      child.once('exit', () => resolve());
    });
    // What asks before it quits has nobody to answer here.
    await this.app.evaluate(({ app }) => app.exit(0)).catch(() => undefined);
    const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_MS);
    await gone;
    clearTimeout(timer);
  }
}

export interface Share {
  readonly path: string;
  readonly name: string;
}

/** A share of many folders of a few files each: with small chunks, a scan that takes a while. */
export function makeSeries(folders: number): string {
  const path = join(temporaryDirectory(), 'Media');
  for (let index = 0; index < folders; index += 1) {
    const folder = join(path, 'Series', TITLES[index % TITLES.length] ?? '', `Season ${1 + Math.floor(index / 10)}`);
    mkdirSync(folder, { recursive: true });
    for (let file = 1; file <= 8; file += 1)
      writeFileSync(join(folder, `Episode ${file}.mkv`), Buffer.alloc(((index + file) % 13) * 4096 + 1));
  }
  return path;
}

/** A small share: folders of films and music, one file bigger than the others, and names that want to be HTML. */
export function makeShare(files = 400): Share {
  const path = join(temporaryDirectory(), 'Media');
  for (const [index, title] of TITLES.entries()) {
    const folder = join(path, index % 2 === 0 ? 'Films' : 'Music', title);
    mkdirSync(folder, { recursive: true });
    const extension = index % 2 === 0 ? 'mkv' : 'flac';
    for (let file = 0; file < files / TITLES.length; file += 1)
      writeFileSync(join(folder, `Part ${file + 1}.${extension}`), Buffer.alloc(((index * 7 + file) % 13) * 4096 + 1));
  }
  mkdirSync(join(path, HOSTILE), { recursive: true });
  writeFileSync(join(path, HOSTILE, `${HOSTILE}.mkv`), Buffer.alloc(3_000_000));
  return { path, name: 'Media' };
}

export const HOSTILE = '<img src=x onerror=globalThis.hacked=1>';
const TITLES = [
  'Arrival (2016)',
  'Blue in Green',
  'Cinema Paradiso (1988)',
  'Dark Side of the Moon',
  'Everest (2015)',
  'Four Seasons',
  'Gravity (2013)',
  'Homogenic',
  'Interstellar (2014)',
  'Kind of Blue',
];
