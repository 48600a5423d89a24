import { setTimeout as delay } from 'node:timers/promises';
import { assertNever, SmartScannerError } from '../../shared/errors.ts';
import type { Certificate } from '../../shared/certificate.ts';
import type { FixAction } from '../../shared/diagnosis.ts';
import type { ScanSnapshot } from '../../shared/snapshot.ts';
import { formatCount } from '../../shared/units.ts';
import type { AppCommands, FixRequest, FixScans, ScanHandle, ScanListener } from './app.ts';

/** How long a scan that was told to stop may take to let go. Its workers have 3 s to commit, and closing writes sums. */
const LET_GO_MS = 120_000;
const LOOK_MS = 250;

export interface FixContext {
  readonly buildImage: (listener: ScanListener, signal: AbortSignal) => Promise<void>;
  readonly commands: Pick<AppCommands, 'cleanup' | 'control'>;
  readonly scans: FixScans;
  /** Somebody holds its lock. */
  readonly isAlive: (scanId: string) => Promise<boolean>;
  readonly listener: ScanListener;
  readonly until: FixRequest['until'];
  readonly signal: AbortSignal;
}

/** What came of a fix. */
export interface Applied {
  /** In words to be put after "Fixed: ". */
  readonly said: string;
  /** The scan that it ran, which is the one to look at now; null: it ran none. */
  readonly scanId: string | null;
}

/** Does what a fix says. */
export async function applyFix(context: FixContext, action: FixAction): Promise<Applied> {
  const { commands, scans, listener, signal } = context;
  switch (action.do) {
    case 'look-again':
      return only('it was looked at once more');
    case 'remove-leftovers':
      return only(`${formatCount((await commands.cleanup({ remove: true })).removed)} removed`);
    case 'build-image':
      await context.buildImage(listener, signal);
      return only('the image is there');
    case 'unpause':
      await commands.control({ kind: 'resume', mountName: null, scanId: action.scanId, chunkId: null });
      return only('the scan goes on');
    case 'stop-chunk':
      await commands.control({ kind: 'stop', mountName: null, scanId: action.scanId, chunkId: action.chunkId });
      return only(`chunk ${action.chunkId} is given up, the others go on`);
    case 'restart':
      await stopScan(context, action.scanId);
      return await follow(context, (heard) =>
        scans.resume({ mountName: action.mountName, changes: action.changes }, heard),
      );
    case 'resume':
      return await follow(context, (heard) =>
        scans.resume({ mountName: action.mountName, changes: action.changes }, heard),
      );
    case 'retry': {
      const { scanId, mountName, which, changes } = action;
      return await follow(context, (heard) => scans.retry({ scanId, mountName, which, changes }, heard));
    }
    case 'scan': {
      const { mountPath, mountName, settings } = action;
      return await follow(context, (heard) => scans.scan({ mountPath, mountName, settings }, heard));
    }
    default:
      return assertNever(action);
  }
}

function only(said: string): Applied {
  return { said, scanId: null };
}

/** Asks whoever runs it, and waits until its lock is free. */
async function stopScan({ commands, isAlive, signal }: FixContext, scanId: string): Promise<void> {
  if (!(await isAlive(scanId))) return;
  await commands.control({ kind: 'stop', mountName: null, scanId, chunkId: null });
  const deadline = performance.now() + LET_GO_MS;
  // No event tells of a lock.
  while (await isAlive(scanId)) {
    if (performance.now() > deadline)
      throw new SmartScannerError('SCAN_RUNNING', 'The scan was asked to stop and has not ended.', {
        hint: 'Wait until it has, and try again; it stops by itself.',
      });
    await delay(LOOK_MS, undefined, { signal });
  }
}

async function follow(
  { listener, until, signal }: FixContext,
  begin: (listener: ScanListener) => ScanHandle,
): Promise<Applied> {
  let queued: (applied: Applied) => void = () => undefined;
  const isQueued = new Promise<Applied>((resolve) => (queued = resolve));
  const handle = begin({
    ...listener,
    snapshot: (snapshot) => {
      listener.snapshot(snapshot);
      const words = queuedWords(snapshot);
      if (words !== null) queued({ said: words, scanId: snapshot.scanId });
    },
  });
  const ended = handle.done.then(({ certificate }): Applied => ({
    said: endedWords(certificate),
    scanId: certificate.scanId,
  }));
  // Whoever started it hears of its end, however late.
  if (until === 'queued') return await Promise.race([isQueued, ended]);
  const stop = (): void => handle.stop('graceful');
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await ended;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Whether anything is missing, and how much was seen. */
function endedWords(certificate: Certificate): string {
  const { chunks, entries, published, unpublishedReason } = certificate;
  const done = `${formatCount(chunks.done)} ${chunks.done === 1 ? 'chunk' : 'chunks'} done`;
  const kept = published ? '' : `, not published: ${unpublishedReason ?? 'unknown reason'}`;
  return `${missingWords(certificate)}: ${done}, ${formatCount(entries.files)} files${kept}`;
}

function missingWords({ verdict, interrupted, gapCount, entries }: Certificate): string {
  if (verdict === 'disagrees') return 'the scan ended, but its sums do not add up';
  if (interrupted) return 'the scan was stopped before its end';
  if (verdict === 'gaps')
    return `the scan ended, but ${formatCount(gapCount)} ${gapCount === 1 ? 'place is' : 'places are'} missing`;
  return entries.excluded === 0
    ? 'the scan ended and nothing is missing'
    : 'the scan ended and nothing is missing but what is excluded';
}

/** null: nothing is under way yet. */
function queuedWords({ phase, chunks, pauses }: ScanSnapshot): string | null {
  if (phase !== 'scanning' && phase !== 'paused') return null;
  const count = chunks.queued + chunks.running + chunks.merging + chunks.waiting;
  const why = pauses[0]?.text;
  if (why !== undefined) return `${formatCount(count)} ${count === 1 ? 'chunk' : 'chunks'} queued, paused: ${why}`;
  return count === 0 ? null : `${formatCount(count)} ${count === 1 ? 'chunk' : 'chunks'} queued`;
}
