import { fork, type ChildProcess } from 'node:child_process';
import { errorFromJson, SmartScannerError } from '../../shared/errors.ts';
import { setNiceness } from '../runtime/niceness.ts';
import type { CatalogApi, CatalogClient } from './api.ts';
import { startDeadline, type Deadline } from './deadline.ts';
import type { RpcReply } from './rpc.ts';

/** Calls that may read or write a whole scan. The others are over in no time, but wait their turn behind these. */
const LONG_MS = 3_600_000;
const SHORT_MS = 900_000;
const LONG: ReadonlySet<keyof CatalogApi> = new Set([
  'harvest',
  'closeScan',
  'prune',
  'addChunks',
  'publishedItems',
  'findRetry',
  'retryScan',
  'open',
]);
const CLOSE_GRACE_MS = 10_000;

const METHODS: readonly (keyof CatalogApi)[] = [
  'open',
  'resolveHost',
  'findHost',
  'hostInventories',
  'forgetHost',
  'resolveMount',
  'createScan',
  'planMade',
  'unfinishedScans',
  'resumeScan',
  'findRetry',
  'retryScan',
  'quarantined',
  'publishedItems',
  'addChunks',
  'startAttempt',
  'attemptStarted',
  'harvest',
  'attemptFailed',
  'releaseChunk',
  'stopChunks',
  'closeScan',
  'prune',
  'scans',
  'certificate',
  'stats',
  'chunks',
  'chunk',
  'attempt',
  'listing',
  'find',
  'totals',
  'knownSizes',
  'lastRequest',
  'isPublished',
  'changeSettings',
  'openScans',
  'activity',
  'examine',
  'close',
];

export interface StartCatalogOptions {
  /** dist/catalog.mjs */
  readonly bundle: string;
  /** The project's Node 24: Electron's own never opens SQLite. */
  readonly nodePath: string;
  /** As nice as this, as of `nice`. */
  readonly niceness?: number;
  /** It ended without being asked to. */
  readonly onGone?: (error: SmartScannerError) => void;
}

export interface RunningCatalog {
  readonly client: CatalogClient;
  readonly pid: number;
  /** It ended, asked or not: every call is rejected. */
  readonly isGone: () => boolean;
  /** Closes the catalog and ends the process; by SIGKILL when it doesn't answer. */
  stop(): Promise<void>;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly deadline: Deadline;
}

/** Starts the catalog process. Calls after its end are rejected with CATALOG_GONE, also those that were under way. */
export function startCatalog(options: StartCatalogOptions): RunningCatalog {
  const child = fork(options.bundle, [], {
    execPath: options.nodePath,
    execArgv: ['--max-semi-space-size=8'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // A group of its own: the terminal's Ctrl-C reaches only the orchestrator.
    detached: true,
  });
  if (child.pid !== undefined) setNiceness(child.pid, options.niceness ?? 0);
  const waiting = new Map<number, Waiting>();
  let next = 1;
  let gone: SmartScannerError | null = null;
  let stopping = false;
  const end = (why: string): void => {
    if (gone !== null) return;
    gone = new SmartScannerError('CATALOG_GONE', `The catalog process ended (${why}).`, {
      hint: 'Merged chunks are safe, and workers that run go on: `scan --resume` takes them up.',
    });
    for (const call of waiting.values()) {
      call.deadline.end();
      call.reject(gone);
    }
    waiting.clear();
    if (!stopping) options.onGone?.(gone);
  };
  child.on('error', (error) => end(error.message));
  child.on('exit', (code, signal) => end(signal ?? `exit code ${code ?? 'unknown'}`));
  child.on('message', (reply: RpcReply) => {
    const call = waiting.get(reply.id);
    if (call === undefined) return;
    waiting.delete(reply.id);
    call.deadline.end();
    if (reply.ok) call.resolve(reply.value);
    else call.reject(errorFromJson(reply.error));
  });
  const send = (method: keyof CatalogApi, request: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (gone !== null) {
        reject(gone);
        return;
      }
      const id = next;
      next += 1;
      const deadline = startDeadline(LONG.has(method) ? LONG_MS : SHORT_MS, () => {
        waiting.delete(id);
        reject(new SmartScannerError('DEADLINE', `The catalog did not answer "${method}" in time.`));
      });
      waiting.set(id, { resolve, reject, deadline });
      child.send({ id, method, request }, (error) => {
        if (error !== null) end(error.message);
      });
    });
  const client = Object.fromEntries(
    METHODS.map((method) => [method, (request: unknown) => send(method, request)]),
  ) as unknown as CatalogClient;
  return {
    client,
    pid: child.pid ?? 0,
    isGone: () => gone !== null,
    stop: () => {
      stopping = true;
      return stop(child, () => client.close(null));
    },
  };
}

async function stop(child: ChildProcess, close: () => Promise<null>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const killer = setTimeout(() => child.kill('SIGKILL'), CLOSE_GRACE_MS);
  try {
    await close().catch(() => null);
    if (child.connected) child.disconnect();
    await exited;
  } finally {
    clearTimeout(killer);
  }
}
