import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const SCRIPT = join(import.meta.dirname, '..', 'status-notifier-watcher.py');
const ANSWER_MS = 20_000;

export interface MenuEntry {
  readonly label?: string;
  readonly enabled?: string;
}

/** A panel on the tests' session bus: what the tray shows and what a person presses there. Started before the app. */
export class Panel implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>) {
    this.#child = child;
    this.#lines = lines;
  }

  static async start(): Promise<Panel> {
    const child = spawn('/usr/bin/python3', [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
    const panel = new Panel(child, createInterface({ input: child.stdout })[Symbol.asyncIterator]());
    await panel.#next('event');
    return panel;
  }

  async itemAppeared(): Promise<void> {
    await this.#next('event');
  }

  async shown(): Promise<{ readonly tooltip: string; readonly pixels: number; readonly pictures: number }> {
    this.#say('props');
    return (await this.#next('tooltip')) as { tooltip: string; pixels: number; pictures: number };
  }

  async menu(): Promise<readonly MenuEntry[]> {
    this.#say('menu');
    return ((await this.#next('menu')) as { menu: MenuEntry[] }).menu;
  }

  async click(label: string): Promise<void> {
    this.#say(`click ${label}`);
    await this.#next('clicked');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await gone;
  }

  #say(command: string): void {
    this.#child.stdin?.write(`${command}\n`);
  }

  /** The next line that has this key; an error, or none in time, throws. */
  async #next(key: string): Promise<Record<string, unknown>> {
    const late = new Promise<never>((_resolve, reject) => {
      setTimeout(() => reject(new Error(`The panel never said ${key}.`)), ANSWER_MS).unref();
    });
    for (;;) {
      const line = await Promise.race([this.#lines.next(), late]);
      if (line.done === true) throw new Error(`The panel ended before it said ${key}.`);
      const said = JSON.parse(line.value) as Record<string, unknown>;
      if ('error' in said) throw new Error(String(said['error']));
      if (key in said) return said;
    }
  }
}
