import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import type { Payload, Reply, RequestName } from '../shared/ipc.ts';
import { ticksOf } from './measure.ts';

const LAUNCH_MS = 60_000;
const TICKS_PER_SECOND = 100;

/** The packaged app, as a bench drives it. */
export class BenchApp implements AsyncDisposable {
  readonly app: ElectronApplication;
  readonly page: Page;
  /** From the start of the process to a window that shows what the catalog knows and takes clicks, seconds. */
  readonly startSeconds: number;

  private constructor(app: ElectronApplication, page: Page, startSeconds: number) {
    this.app = app;
    this.page = page;
    this.startSeconds = startSeconds;
  }

  static async launch(executable: string, home: string): Promise<BenchApp> {
    const startedAt = performance.now();
    const app = await _electron.launch({
      executablePath: executable,
      args: ['--no-sandbox', `--user-data-dir=${join(home, 'user')}`],
      env: {
        ...(process.env as Record<string, string>),
        SMART_SCANNER_DATA_DIR: join(home, 'data'),
        DOCKER_HOST: 'unix:///nonexistent/docker.sock',
      },
      timeout: LAUNCH_MS,
      colorScheme: null,
    });
    const page = await app.firstWindow({ timeout: LAUNCH_MS });
    await page.locator('main h1').waitFor();
    const startSeconds = (performance.now() - startedAt) / 1000;
    return new BenchApp(app, page, startSeconds);
  }

  async request<K extends RequestName>(name: K, payload: Payload<K>): Promise<Reply<K>> {
    const answer = (await this.page.evaluate(
      ([to, what]) =>
        (
          globalThis as unknown as { smartScanner: { request(a: unknown, b: unknown): Promise<unknown> } }
        ).smartScanner.request(to, what),
      [name, payload] as const,
    )) as { ok: boolean; value: unknown };
    if (!answer.ok) throw new Error(`${name}: ${JSON.stringify(answer)}`);
    return answer.value as Reply<K>;
  }

  /** Processor time so far of each of its processes, seconds: by pid and what it is for. */
  get cpuSeconds(): ReadonlyMap<string, number> {
    const parents = new Map<number, number>();
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/u.test(name)) continue;
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
      } catch {
        // It has ended meanwhile.
      }
    }
    const root = this.app.process().pid;
    const isOurs = (pid: number | undefined): boolean =>
      pid !== undefined && pid > 1 && (pid === root || isOurs(parents.get(pid)));
    const ours = [...parents.keys()].filter(isOurs);
    return new Map(
      ours.map((pid) => [`${pid} ${pid === root ? 'main' : purposeOf(pid)}`, ticksOf(String(pid)) / TICKS_PER_SECOND]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.app.process();
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    await this.app.evaluate(({ app }) => app.exit(0)).catch(() => undefined);
    await gone;
  }
}

export function makeHome(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'smart-scanner-bench-desktop-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** `renderer`, `gpu-process`, `utility`, or the bundle that it runs. */
function purposeOf(pid: number): string {
  try {
    // Electron's own have their arguments in one piece.
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split(/[\0 ]/u);
    const type = words.find((word) => word.startsWith('--type='))?.slice('--type='.length);
    return (
      type ??
      words
        .find((word) => /\.[cm]js$/u.test(word))
        ?.split('/')
        .at(-1) ??
      'another'
    );
  } catch {
    return 'ended';
  }
}

/** Percent of a processor that each took in between, as text, and their sum. */
export function cpuBetween(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  seconds: number,
): { readonly percent: number; readonly parts: string } {
  const byPurpose = new Map<string, number>();
  for (const [key, used] of after) {
    const name = key.replace(/^\d+ /u, '');
    const percent = ((used - (before.get(key) ?? 0)) / seconds) * 100;
    byPurpose.set(name, (byPurpose.get(name) ?? 0) + percent);
  }
  const parts = [...byPurpose].filter(([, percent]) => percent >= 0.01);
  return {
    percent: parts.reduce((sum, [, percent]) => sum + percent, 0),
    parts: parts.map(([name, percent]) => `${name} ${percent.toFixed(2)}`).join(', '),
  };
}
