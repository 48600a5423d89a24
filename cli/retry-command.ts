import type { App, RetryRequest } from '../engine/app/app.ts';
import type { ExitStatus } from '../shared/errors.ts';
import type { RetryOptions } from './retry-program.ts';
import { listenerOf, untilEnded } from './scan-command.ts';
import type { Terminal } from './terminal.ts';

/** `smart-scanner retry`. Gives the exit status. */
export async function retryCommand(app: App, options: RetryOptions, terminal: Terminal): Promise<ExitStatus> {
  const request: RetryRequest = {
    scanId: options.scan,
    mountName: options.mount ?? null,
    which: options.chunk === undefined ? (options.failed ? 'failed' : 'quarantined') : { chunk: options.chunk },
    changes: changesOf(options),
  };
  return await untilEnded(app.commands.retry(request, listenerOf(options, terminal)), options.json, terminal);
}

/** Only what was said: the rest is as it was for the scan. */
function changesOf({ maxContainers, retries, stallTimeout, runtime }: RetryOptions): RetryRequest['changes'] {
  return {
    ...(maxContainers === undefined ? {} : { maxContainers }),
    ...(retries === undefined ? {} : { retries }),
    ...(stallTimeout === undefined ? {} : { stallTimeoutMs: stallTimeout * 1000 }),
    ...(runtime === undefined ? {} : { runtime }),
  };
}
