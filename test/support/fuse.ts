import { fork, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, onTestFinished } from 'vitest';
import type { FromServer, ToServer } from '../fixtures/fuse/server.ts';
import { mountArguments } from '../fixtures/fuse/mount.ts';
import type { FuseDirectory } from '../fixtures/fuse/tree.ts';

const SERVER = join(import.meta.dirname, '..', 'fixtures', 'fuse', 'server.ts');
const DEADLINE_MS = 15_000;

/** A mounted file system that behaves as badly as its tree says. */
export interface FuseMount {
  readonly path: string;
  /** Settles once this many calls wait without an answer. */
  blocked(calls?: number): Promise<void>;
  /** Answers what waits, and everything that would block from now on. */
  unblock(): void;
  /** From now on it is as healthy as any other. */
  cure(): void;
  /** Its program ends, and it stays mounted: every call fails from now on. */
  crash(): Promise<void>;
  /** Takes it away, whoever still waits for it: the kernel answers them with an error. May be called twice. */
  end(): Promise<void>;
}

/** For use within a test; taken away when that ends, whatever became of it. */
export function mountFuse(tree: FuseDirectory): Promise<FuseMount> {
  return openFuse(tree, onTestFinished);
}

/** `whenOver`: hears how it is taken away, before there is anything that could be left behind. */
export async function openFuse(tree: FuseDirectory, whenOver: (end: () => Promise<void>) => void): Promise<FuseMount> {
  const path = mkdtempSync(join(tmpdir(), 'smart-scanner-test-'));
  const child = fork(SERVER, [path], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  child.on('error', (error) => (errors += error.message));
  const end = (): Promise<void> => endOf(child, path);
  whenOver(end);
  const seen = new Seen(child);
  const tell = (message: ToServer): void => void child.send(message, () => undefined);
  tell({ type: 'tree', tree });
  const first = await seen.until(({ type }) => type === 'mounted' || type === 'failed');
  if (first?.type !== 'mounted') {
    await end();
    throw new Error(`FUSE: ${first?.type === 'failed' ? first.reason : errors || 'the server said nothing'}`);
  }
  return {
    path,
    blocked: async (calls = 1) => {
      const message = await seen.until((one) => one.type === 'blocked' && one.calls >= calls);
      if (message === undefined) throw new Error(`Never ${calls} calls that wait. ${errors}`);
    },
    unblock: () => tell({ type: 'unblock' }),
    cure: () => tell({ type: 'cure' }),
    crash: () => killed(child),
    end,
  };
}

/** What the server says, kept until somebody asks. */
class Seen {
  readonly #child: ChildProcess;
  readonly #messages: FromServer[] = [];

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message) => this.#messages.push(message as FromServer));
  }

  /** undefined where none comes in time. */
  async until(isWanted: (message: FromServer) => boolean): Promise<FromServer | undefined> {
    const deadline = AbortSignal.any([AbortSignal.timeout(DEADLINE_MS), exited(this.#child)]);
    for (;;) {
      const found = this.#messages.find(isWanted);
      if (found !== undefined || deadline.aborted) return found;
      await once(this.#child, 'message', { signal: deadline }).catch(() => undefined);
    }
  }
}

function exited(child: ChildProcess): AbortSignal {
  const controller = new AbortController();
  if (child.exitCode !== null || child.signalCode !== null) controller.abort();
  else child.once('close', () => controller.abort());
  return controller.signal;
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null)
    await once(child, 'close', { signal: AbortSignal.timeout(DEADLINE_MS) }).catch(() => undefined);
}

async function endOf(child: ChildProcess, path: string): Promise<void> {
  const umount = spawn('umount', ['-l', path], { stdio: 'ignore' });
  umount.on('error', () => undefined);
  await once(umount, 'close', { signal: AbortSignal.timeout(DEADLINE_MS) }).catch(() => undefined);
  // With its last descriptor the connection ends.
  await killed(child);
  // Refused where it is still mounted or not empty.
  if (existsSync(path)) rmdirSync(path);
}

/**
 * A suite that needs a FUSE file system of its own. Where none can be mounted its tests are listed as skipped and the reason is printed;
 * where SMART_SCANNER_REQUIRE says `fuse` the suite fails instead.
 */
export function describeWithFuse(name: string, suite: () => void): void {
  const missing = cannotMount();
  if (missing === null) describe(name, suite);
  else if ((process.env['SMART_SCANNER_REQUIRE'] ?? '').split(/[\s,]+/).includes('fuse')) {
    describe(name, () => {
      it('has FUSE', () => {
        throw new Error(`SMART_SCANNER_REQUIRE says fuse, but ${missing}`);
      });
    });
  } else {
    console.log(`SKIPPED: ${name}: ${missing}`);
    describe.skip(name, suite);
  }
}

let known: string | null | undefined;

/** Why not, in words, by trying it. */
function cannotMount(): string | null {
  known ??= tryToMount() ?? null;
  return known;
}

function tryToMount(): string | undefined {
  if (process.platform !== 'linux') return 'FUSE is spoken on Linux only';
  let device: number;
  try {
    device = openSync('/dev/fuse', 'r+');
  } catch (error) {
    return `/dev/fuse can't be opened: ${error instanceof Error ? error.message : String(error)}`;
  }
  const directory = mkdtempSync(join(tmpdir(), 'smart-scanner-test-'));
  const options = { encoding: 'utf8', timeout: DEADLINE_MS } as const;
  try {
    const { status, stderr } = spawnSync('mount', mountArguments(directory), {
      ...options,
      stdio: ['ignore', 'ignore', 'pipe', device],
    });
    if (status !== 0) return `mount: ${stderr.trim() || `ended with ${status}`}`;
  } finally {
    // Nobody answers there: without its device nobody waits for that either.
    closeSync(device);
    spawnSync('umount', ['-l', directory], { ...options, stdio: 'ignore' });
    rmdirSync(directory);
  }
  return undefined;
}
