import { createInterface } from 'node:readline';
import { CONTROL, type StopReason } from '../shared/worker-protocol.ts';

/**
 * Requests to end early: SIGTERM and SIGUSR2 (containers), or lines on stdin (processes, since Windows has no signals). Both `stop` and `split`
 * mean: finish what ends soon, leave the rest. The end of input means nothing: the orchestrator may have died, and this goes on.
 */
export function listenForControl(stop: (reason: StopReason) => void): void {
  process.on('SIGTERM', () => stop('stop-requested'));
  process.on('SIGUSR2', () => stop('stop-requested'));
  // The terminal's Ctrl-C is the orchestrator's business; a worker that shares its process group must not die of it.
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', () => undefined);
  const input = process.stdin;
  input.on('error', () => undefined);
  const lines = createInterface({ input });
  lines.on('line', (line) => {
    if (line === CONTROL.stop || line === CONTROL.split) stop('stop-requested');
  });
  lines.on('error', () => undefined);
  if ('unref' in input && typeof input.unref === 'function') input.unref();
}
