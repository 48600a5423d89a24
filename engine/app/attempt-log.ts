import { SmartScannerError } from '../../shared/errors.ts';
import type { CatalogClient } from '../catalog/api.ts';
import type { RuntimeSources } from '../runtime/pick.ts';
import type { AttemptRef, Runtime } from '../runtime/runtime.ts';

const CONNECT_MS = 10_000;
/** Of what it printed before: as much as Docker keeps of a container's log. */
const LOG_BYTES = 20 * 1024 ** 2;

/**
 * What the worker of an attempt printed and prints, while it runs, until the signal aborts or it ends. NO_SUCH_CHUNK where there is no such
 * attempt, or it never came to start a worker.
 */
export async function followAttempt(
  catalog: Pick<CatalogClient, 'attempt'>,
  sources: RuntimeSources,
  attemptId: string,
  onText: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { ref: stored, host, address, runtime: kind } = await catalog.attempt({ attemptId });
  if (stored === null)
    throw new SmartScannerError('NO_SUCH_CHUNK', 'This try has no worker yet.', { hint: 'Look again in a moment.' });
  const ref = JSON.parse(stored) as AttemptRef;
  const runtime: Runtime =
    kind === 'process' ? sources.process() : await sources.docker((await sources.endpoint(host ?? address)).endpoint);
  try {
    if (kind === 'docker') await runtime.connect(AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]));
    const before = await runtime.logs(ref, LOG_BYTES);
    // What a process printed on stdout comes again with its lines, from the first one on; those are JSON.
    const lines = before.split('\n').filter((line) => line !== '' && (kind === 'docker' || !line.startsWith('{')));
    if (lines.length > 0) onText(`${lines.join('\n')}\n`);
    for await (const line of runtime.lines(ref, signal, true)) if (line !== '') onText(`${line}\n`);
  } finally {
    await runtime.close();
  }
}
