import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { SPOOL_FILES } from '../../../shared/worker-protocol.ts';
import type { AttemptLabels, AttemptStatus, FoundAttempt } from '../runtime.ts';
import { within } from './client.ts';
import { isOurSpool } from '../spool-names.ts';
import { ATTEMPT_LABEL, fromDockerLabels, SPOOL_LABEL } from './labels.ts';
import { isOurVolume, RECORD, WORK } from './spool.ts';

const SECOND = 1_000;

/** Everything on this daemon and in our spool that carries our labels: containers, volumes without one, directories without one. */
export async function findAttempts(docker: Docker, node: string, spoolRoot: string | null): Promise<FoundAttempt[]> {
  const filters = { label: [ATTEMPT_LABEL] };
  const containers = await within('GET /containers/json', (abortSignal) =>
    docker.listContainers({ all: true, filters, abortSignal }),
  );
  const volumes = await within('GET /volumes', (abortSignal) => docker.listVolumes({ filters, abortSignal }));
  const ref = (attempt: string, id: string, spool: string): FoundAttempt['ref'] => ({
    runtime: 'docker',
    node,
    attempt,
    id,
    spool,
  });
  const found: FoundAttempt[] = containers.map((container) => {
    const labels = container.Labels;
    return {
      ref: ref(labels[ATTEMPT_LABEL] ?? '', container.Id, labels[SPOOL_LABEL] ?? ''),
      labels: fromDockerLabels(labels),
      state: stateOf(container.State),
      createdAtMs: container.Created * SECOND,
      spoolBytes: null,
    };
  });
  const held = new Set(found.map((attempt) => attempt.ref.spool));
  for (const volume of volumes.Volumes) {
    const handle = `volume:${volume.Name}`;
    if (held.has(handle) || !isOurVolume(volume.Name)) continue;
    const createdAt = 'CreatedAt' in volume ? Date.parse(String(volume.CreatedAt)) : Number.NaN;
    found.push({
      ref: ref(volume.Labels[ATTEMPT_LABEL] ?? volume.Name, '', handle),
      labels: fromDockerLabels(volume.Labels),
      state: 'gone',
      createdAtMs: Number.isNaN(createdAt) ? 0 : createdAt,
      spoolBytes: null,
    });
  }
  if (spoolRoot === null) return found;
  for (const attempt of await readdir(spoolRoot).catch(() => [])) {
    const outer = join(spoolRoot, attempt);
    const handle = `directory:${outer}`;
    const info = await stat(outer).catch(() => null);
    if (info?.isDirectory() !== true || held.has(handle)) continue;
    if (!(await isOurSpool(spoolRoot, attempt, [RECORD, join(WORK, SPOOL_FILES.job)]))) continue;
    found.push({
      ref: ref(attempt, '', handle),
      labels: await readLabels(join(outer, RECORD)),
      state: 'gone',
      createdAtMs: info.mtimeMs,
      spoolBytes: null,
    });
  }
  return found;
}

export function stateOf(state: string): AttemptStatus['state'] {
  if (state === 'created') return 'created';
  return state === 'exited' || state === 'dead' || state === 'removing' ? 'exited' : 'running';
}

async function readLabels(path: string): Promise<AttemptLabels | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as AttemptLabels;
  } catch {
    return null;
  }
}
