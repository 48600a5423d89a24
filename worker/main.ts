import { isMainThread, workerData } from 'node:worker_threads';
import { Coordinator } from './coordinator.ts';
import { runKeeper } from './keeper.ts';
import type { KeeperStart, WalkerStart } from './messages.ts';
import { runWalker } from './walker.ts';

/** One bundled file is every thread: the main thread coordinates, the keeper owns the spool, walkers walk. */
if (isMainThread) {
  const [kind, jobPath] = process.argv.slice(2);
  if (kind === undefined || jobPath === undefined || !['scan', 'measure', 'list', 'probe', 'places'].includes(kind)) {
    process.stderr.write('usage: worker.mjs scan|measure|list|probe|places <job file>\n');
    process.exitCode = 64;
  } else {
    new Coordinator(kind, jobPath).start();
  }
} else {
  const data = workerData as KeeperStart | WalkerStart;
  if (data.role === 'keeper') runKeeper(data);
  else runWalker(data);
}
