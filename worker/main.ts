import { isMainThread, workerData } from 'node:worker_threads';
import type { KeeperStart, WalkerStart } from './messages.ts';

/**
 * One bundled file is every thread: the main thread coordinates, the keeper owns the spool, walkers walk. Each loads its own part only: with
 * hundreds of small chunks, what a start costs is what a scan costs.
 */
async function start(): Promise<void> {
  if (!isMainThread) {
    const data = workerData as KeeperStart | WalkerStart;
    if (data.role === 'keeper') (await import('./keeper.ts')).runKeeper(data);
    else (await import('./walker.ts')).runWalker(data);
    return;
  }
  const [kind, jobPath] = process.argv.slice(2);
  if (kind === undefined || jobPath === undefined || !['scan', 'measure', 'list', 'probe', 'places'].includes(kind)) {
    process.stderr.write('usage: worker.cjs scan|measure|list|probe|places <job file>\n');
    process.exitCode = 64;
    return;
  }
  const { Coordinator } = await import('./coordinator.ts');
  new Coordinator(kind, jobPath).start();
}

void start();
