import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../../support/temporary.ts';

const run = promisify(execFile);
const READY_MS = 20_000;
const ASK_MS = 100;
const DUNSTCTL_MS = 5_000;

/** What is shown stays until somebody or the app takes it away: on a slow machine it must not go by itself before it is looked at. */
const STAYS = ['low', 'normal', 'critical'].map((urgency) => `[urgency_${urgency}]\ntimeout = 0\n`).join('');

interface History {
  readonly data: readonly (readonly {
    readonly summary: { readonly data: string };
    readonly body: { readonly data: string };
  }[])[];
}

/** A real notification daemon on the tests' session bus. */
export class Notifications implements AsyncDisposable {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(): Promise<Notifications> {
    const config = join(temporaryDirectory(), 'dunstrc');
    writeFileSync(config, STAYS);
    const child = spawn('dunst', ['-config', config], { stdio: 'ignore' });
    const notifications = new Notifications(child);
    await until('dunst to answer', async () => (await dunstctl('count')) !== null);
    return notifications;
  }

  /** Of the one on top: the action that a click means. */
  async clickNewest(): Promise<void> {
    await dunstctl('action', '0');
  }

  async waitForOne(): Promise<void> {
    await until('a notification', async () => (await this.displayed()) > 0);
  }

  async displayed(): Promise<number> {
    return Number(/Currently displayed: (\d+)/u.exec((await dunstctl('count')) ?? '')?.[1] ?? 0);
  }

  /** Title and body of all that there were, newest first. */
  async closeAll(): Promise<readonly (readonly [string, string])[]> {
    await dunstctl('close-all');
    return await this.over();
  }

  /** Title and body of those that are over, newest first. */
  async over(): Promise<readonly (readonly [string, string])[]> {
    const { data } = JSON.parse((await dunstctl('history')) ?? '{"data":[]}') as History;
    return data.flat().map(({ summary, body }) => [summary.data, body.data]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill();
    await gone;
  }
}

/** Asks again until it is so; throws after a while. */
export async function until(what: string, isSo: () => Promise<boolean>, askMs = ASK_MS): Promise<void> {
  const end = Date.now() + READY_MS;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`Waited in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, askMs));
  }
}

async function dunstctl(...args: readonly string[]): Promise<string | null> {
  return await run('dunstctl', [...args], { timeout: DUNSTCTL_MS }).then(
    ({ stdout }) => stdout,
    () => null,
  );
}
