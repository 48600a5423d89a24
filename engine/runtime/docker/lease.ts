import { createHash } from 'node:crypto';
import type Docker from 'dockerode';
import type { HostAsk, HostLease, HostLeases } from '../runtime.ts';
import { unless, within } from './client.ts';
import { ASK_LABELS, CONTENT_LABEL, CONTROLLER_LABEL, LEASE_LABELS } from './labels.ts';

/** A controller answers by looking this often: a call that takes longer is given up, so that one hung call costs no answer. */
const LOOK_DEADLINE_MS = 5_000;
const LEASE_PREFIX = 'smart-scanner-lease-';
const ASK_PREFIX = 'smart-scanner-ask-';

/**
 * Leases and asks as labelled, empty volumes: the one thing that every daemon keeps, shows to all its clients, and makes with one call at most
 * once a name. Its name is made from the mount path, so of two that want a mount at the same moment one gets it. Nothing tells time here: whether a
 * holder lives, only its answer tells.
 */
export class DockerLeases implements HostLeases {
  readonly #docker: () => Docker;
  readonly #content: () => string | null;

  /** `docker`: the connection of now; it changes when a lost one comes back. `content`: of the image that workers are started from; null: none yet. */
  constructor(docker: () => Docker, content: () => string | null) {
    this.#docker = docker;
    this.#content = content;
  }

  async look(): Promise<{ leases: HostLease[]; asks: HostAsk[] }> {
    const filters = { label: [CONTROLLER_LABEL] };
    const { Volumes } = await within(
      'GET /volumes',
      (abortSignal) => this.#docker().listVolumes({ filters, abortSignal }),
      { deadlineMs: LOOK_DEADLINE_MS },
    );
    // A daemon without any answers null.
    const labels = ((Volumes as typeof Volumes | null) ?? []).map((volume) => volume.Labels);
    return { leases: labels.flatMap(toLease), asks: labels.flatMap(toAsk) };
  }

  async take(lease: HostLease): Promise<HostLease> {
    const name = leaseName(lease.mountPath);
    for (;;) {
      // A name that is taken is no error: then the volume is the one that was there.
      await within('POST /volumes/create', (abortSignal) =>
        this.#docker().createVolume({ Name: name, Labels: fromLease(lease, this.#content()), abortSignal }),
      );
      const made = await unless(
        [404],
        within('GET /volumes', (abortSignal) => this.#docker().getVolume(name).inspect({ abortSignal })),
      );
      // Given back in between.
      if (made === undefined) continue;
      const [holder] = toLease(made.Labels);
      if (holder !== undefined) return holder;
      // A volume of that name that is not of ours: what it says nobody can read.
      throw new Error(`The volume ${name} is no lease.`);
    }
  }

  async drop(lease: HostLease): Promise<void> {
    const volume = this.#docker().getVolume(leaseName(lease.mountPath));
    const found = await unless(
      [404],
      within('GET /volumes', (abortSignal) => volume.inspect({ abortSignal })),
    );
    if (found === undefined || toLease(found.Labels)[0]?.scanId !== lease.scanId) return;
    await unless(
      [404],
      within('DELETE /volumes', (abortSignal) => volume.remove({ abortSignal })),
    );
  }

  async ask(ask: HostAsk): Promise<void> {
    await within('POST /volumes/create', (abortSignal) =>
      this.#docker().createVolume({ Name: askName(ask.id), Labels: fromAsk(ask), abortSignal }),
    );
  }

  async withdraw(id: string): Promise<boolean> {
    const gone = await unless(
      [404],
      within('DELETE /volumes', async (abortSignal) => {
        await this.#docker().getVolume(askName(id)).remove({ abortSignal });
        return true;
      }),
    );
    return gone === true;
  }
}

function leaseName(mountPath: string): string {
  return LEASE_PREFIX + createHash('sha256').update(mountPath).digest('hex').slice(0, 32);
}

function askName(id: string): string {
  return ASK_PREFIX + id;
}

type Labels = Readonly<Record<string, string>> | null | undefined;

/**
 * The contents of images that scans of now are run from, whoever runs them: between two workers no container holds such an image. null: a lease of
 * a version that did not note it is among them, so it may be any.
 */
export async function leasedContents(docker: Docker): Promise<ReadonlySet<string> | null> {
  const filters = { label: [`${CONTROLLER_LABEL}=lease`] };
  const { Volumes } = await within('GET /volumes', (abortSignal) => docker.listVolumes({ filters, abortSignal }));
  const leases = ((Volumes as typeof Volumes | null) ?? []).filter(({ Labels }) => toLease(Labels).length > 0);
  const contents = leases.map(({ Labels }) => Labels[CONTENT_LABEL] ?? '');
  return contents.includes('') ? null : new Set(contents);
}

function fromLease(lease: HostLease, content: string | null): Record<string, string> {
  return {
    ...(content === null ? {} : { [CONTENT_LABEL]: content }),
    [CONTROLLER_LABEL]: 'lease',
    [LEASE_LABELS.scan]: lease.scanId,
    [LEASE_LABELS.owner]: lease.owner,
    [LEASE_LABELS.mountPath]: lease.mountPath,
    [LEASE_LABELS.mountName]: lease.mountName,
    [LEASE_LABELS.since]: String(lease.sinceMs),
  };
}

function toLease(labels: Labels): HostLease[] {
  if (labels?.[CONTROLLER_LABEL] !== 'lease') return [];
  const value = (key: keyof typeof LEASE_LABELS): string => labels[LEASE_LABELS[key]] ?? '';
  const [scanId, owner, mountPath, mountName] = [value('scan'), value('owner'), value('mountPath'), value('mountName')];
  if (scanId === '' || mountPath === '') return [];
  return [{ scanId, owner, mountPath, mountName, sinceMs: Number(value('since')) || 0 }];
}

function fromAsk(ask: HostAsk): Record<string, string> {
  return {
    [CONTROLLER_LABEL]: 'ask',
    [ASK_LABELS.id]: ask.id,
    [ASK_LABELS.scan]: ask.scanId,
    [ASK_LABELS.kind]: ask.kind,
    [ASK_LABELS.by]: ask.by,
  };
}

function toAsk(labels: Labels): HostAsk[] {
  if (labels?.[CONTROLLER_LABEL] !== 'ask') return [];
  const kind = labels[ASK_LABELS.kind];
  const [id, scanId, by] = [labels[ASK_LABELS.id], labels[ASK_LABELS.scan], labels[ASK_LABELS.by]];
  if ((kind !== 'stop' && kind !== 'answer') || id === undefined || scanId === undefined) return [];
  return [{ id, scanId, kind, by: by ?? '' }];
}
