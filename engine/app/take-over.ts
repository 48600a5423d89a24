import { setTimeout as delay } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { SmartScannerError, toSmartScannerError } from '../../shared/errors.ts';
import { formatDuration } from '../../shared/units.ts';
import type { OpenScan } from '../catalog/api.ts';
import { localStamp } from '../log/format.ts';
import type { HostLease, HostLeases, Runtime } from '../runtime/runtime.ts';
import type { ResumeRequest } from './app.ts';
import { ask } from './asks.ts';
import type { AppShared } from './prepare.ts';

/** An owner that lives looks every 5 s; who has not answered for so long is gone, or suspended. */
export const ANSWER_MS = 20_000;
/** How long an owner that has agreed may take: its workers commit, and what they have is merged. */
const LET_GO_MS = 600_000;
/** Between two looks at what becomes of a question. */
const LOOK_MS = 500;
/** One that agreed and then died would never let go: it is asked again after this. */
const ASK_AGAIN_MS = 30_000;

export const TAKE_OVER_HINT =
  'Watch it with `smart-scanner monitor`, wait until it has ended, or take it over with `scan --take-over`.';

/**
 * The scan of this mount (or of any) that runs on this data directory is asked to stop, and waited for until its lock is free. Does nothing where
 * none runs. SCAN_RUNNING where its owner holds the lock and does not let go; INTERRUPTED by the signal.
 */
export async function stopOwnerHere(
  shared: AppShared,
  { mountName, mountId = null }: Pick<ResumeRequest, 'mountName' | 'mountId'>,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const find = async (): Promise<OpenScan | undefined> =>
    (await shared.catalog().openScans(null)).scans.find(
      (scan) =>
        scan.alive &&
        (mountName === null || scan.mountName === mountName) &&
        (mountId === null || scan.mountId === mountId),
    );
  const scan = await find();
  if (scan === undefined) return;
  say(`Asking ${scan.owner} to let go of ${scan.mountName}.`);
  let refusal: unknown = null;
  const stop = { kind: 'stop', chunkId: null, by: `${shared.owner}, who takes over` } as const;
  // Whether it lives its lock tells, below.
  ask(shared.places.live, scan.scanId, stop, () => Promise.resolve(true)).catch((error: unknown) => {
    refusal = error;
  });
  const since = performance.now();
  while ((await find())?.scanId === scan.scanId) {
    if (refusal !== null || performance.now() - since > LET_GO_MS) {
      const why = refusal === null ? `not within ${formatDuration(LET_GO_MS)}` : toSmartScannerError(refusal).message;
      throw new SmartScannerError(
        'SCAN_RUNNING',
        `Scan ${scan.scanId} of ${scan.mountName} is running (${scan.owner}, since ${localStamp(scan.startedAtMs)}) and its program does not let go: ${why}`,
        { hint: 'Its program lives, or its lock would be free: end it there.' },
      );
    }
    await pause(signal);
  }
}

/** Another computer, or another data directory, holds this mount on its host. */
export function heldElsewhere({ scanId, mountName, owner, sinceMs }: HostLease): SmartScannerError {
  return new SmartScannerError(
    'SCAN_RUNNING',
    `This mount point is being scanned as "${mountName}" by ${owner} since ${localStamp(sinceMs)} (scan ${scanId}, of another computer or data directory).`,
    {
      hint: 'Wait until it has ended, or take the mount point over with `scan --take-over`: its owner is asked first.',
    },
  );
}

/**
 * Makes sure that the holder of a lease is gone or agrees: it is asked, and where it answers it is waited for until it has let go. Where it does
 * not, its workers are asked to end (what they have stays for their owner) and the lease is taken from it.
 */
export async function takeFrom(
  runtime: Runtime,
  leases: HostLeases,
  holder: HostLease,
  by: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  say(
    `Asking ${holder.owner} to let go of ${holder.mountName}; no answer within ${formatDuration(ANSWER_MS)} counts as gone.`,
  );
  const since = performance.now();
  while (await isHeldBy(leases, holder)) {
    if (performance.now() - since > LET_GO_MS) throw heldElsewhere(holder);
    const alive = await askHolders(leases, [holder.scanId], 'stop', by, signal);
    if (!alive.has(holder.scanId)) {
      say(`${holder.owner} has not answered: the mount point is taken over.`);
      await endWorkers(runtime, holder.scanId);
      await leases.drop(holder);
      return;
    }
    const again = performance.now() + ASK_AGAIN_MS;
    while (performance.now() < again && (await isHeldBy(leases, holder))) await pause(signal);
  }
  say(`${holder.owner} has let go.`);
}

/** Which of these scans have an owner that answers. */
export async function askHolders(
  leases: HostLeases,
  scanIds: readonly string[],
  kind: 'stop' | 'answer',
  by: string,
  signal: AbortSignal,
): Promise<Set<string>> {
  const asked = new Map(scanIds.map((scanId) => [uuidv7(), scanId]));
  const alive = new Set<string>();
  try {
    for (const [id, scanId] of asked) await leases.ask({ id, scanId, kind, by });
    const until = performance.now() + ANSWER_MS;
    while (alive.size < new Set(scanIds).size && performance.now() < until) {
      await pause(signal);
      const waiting = new Set((await leases.look()).asks.map(({ id }) => id));
      for (const [id, scanId] of asked) if (!waiting.has(id)) alive.add(scanId);
    }
  } finally {
    // One that is gone by now was answered in the last moment.
    for (const [id, scanId] of asked)
      if (!alive.has(scanId) && !(await leases.withdraw(id).catch(() => true))) alive.add(scanId);
  }
  return alive;
}

async function isHeldBy(leases: HostLeases, holder: HostLease): Promise<boolean> {
  const standing = (await leases.look()).leases.find(({ mountPath }) => mountPath === holder.mountPath);
  return standing?.scanId === holder.scanId;
}

/** Two must not read one mount at a time for long. Their shards stay, for the owner to harvest should it come back. */
async function endWorkers(runtime: Runtime, scanId: string): Promise<void> {
  for (const { ref, labels, state } of await runtime.list())
    if (labels?.scan === scanId && state === 'running') await runtime.stop(ref, 'stop').catch(() => undefined);
}

async function pause(signal: AbortSignal): Promise<void> {
  await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
  if (signal.aborted) throw new SmartScannerError('INTERRUPTED', 'Stopped before the scan began.');
}
