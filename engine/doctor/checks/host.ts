import { WORKER_EXIT } from '../../../shared/worker-protocol.ts';
import { formatBytes, formatDuration } from '../../../shared/units.ts';
import { toSmartScannerError, type ErrorCode } from '../../../shared/errors.ts';
import type { DaemonLook } from '../../runtime/runtime.ts';
import type { FindingId } from '../kinds.ts';
import { anyProbe, usesDocker, workerKind, type DaemonState, type Look } from '../look.ts';
import { BUILD_IMAGE, copy, LOOK_AGAIN, press } from '../fixes.ts';
import type { Check, Seen } from '../types.ts';
import { failedStep, foundOnWay } from './ways.ts';

type Reached = Extract<DaemonState, { reached: true }>;

const DOCKER_FREE = 0.05;
const SLOW_DRIVERS: readonly string[] = ['vfs', 'devicemapper'];
const SKEW_MS = 120_000;
const common = { category: 'host', needs: ['daemon'], wakesDisks: false, timeoutMs: 30_000 } as const;

const DOCKER_OF: Readonly<Partial<Record<ErrorCode, FindingId>>> = {
  DOCKER_API: 'docker-api',
  DOCKER_NOT_INSTALLED: 'docker-not-installed',
  DOCKER_NOT_ON_PATH: 'docker-not-on-path',
  DOCKER_NOT_PERMITTED: 'docker-denied',
  DOCKER_NOT_RUNNING: 'docker-unreachable',
};
/** Not ours to do: who may use that socket is root on the host. */
const JOIN_GROUP = copy(
  'copy-docker-group',
  'Copy `sudo usermod -aG docker "$USER"`',
  'sudo usermod -aG docker "$USER"',
  'Whoever is in that group is as good as root on this computer. Log in again afterwards.',
  'Look again afterwards.',
);

async function reached(look: Look): Promise<Reached | null> {
  const state = await look.daemon();
  return state.reached ? state : null;
}

const needsDaemon = async (look: Look): Promise<boolean> => (await reached(look)) !== null;

export const daemon: Check = {
  ...common,
  id: 'daemon',
  title: 'Docker answers',
  cost: 'a few calls to the daemon',
  finds: [
    'docker-denied',
    'docker-unreachable',
    'docker-api',
    'docker-not-installed',
    'docker-not-on-path',
    'docker-storage-driver',
  ],
  applicable: () => Promise.resolve(true),
  run: async (look): Promise<Seen> => {
    const state = await look.daemon();
    if (state.reached) {
      const { description } = state.info;
      const { apiVersion, storageDriver, warnings } = state.look;
      const said = `${description}, API ${apiVersion}, storage driver ${storageDriver}.`;
      if (!SLOW_DRIVERS.includes(storageDriver)) return { said, findings: [] };
      const seen = `The storage driver is ${storageDriver}.`;
      return {
        said,
        findings: [
          {
            id: 'docker-storage-driver',
            seen,
            confidence: 'certain',
            evidence: [`Driver: ${storageDriver}`, ...warnings],
          },
        ],
      };
    }
    const { error, systemCode } = state;
    // What is in the way before Docker is told by `host` and `ssh`.
    if (failedStep(error) !== null) return { said: `Not reached: ${error.message}`, findings: [], unknown: true };
    const confidence = await usesDocker(look);
    if (confidence === null)
      return { said: `No Docker daemon: scans run as processes here (${error.message})`, findings: [] };
    const denied = systemCode === 'EACCES' || systemCode === 'EPERM';
    const id = denied ? 'docker-denied' : (DOCKER_OF[error.code] ?? 'docker-unreachable');
    const evidence = systemCode === null ? [] : [`connect: ${systemCode}`];
    const found = foundOnWay(id, error, evidence);
    const fixes = id === 'docker-denied' && denied ? [JOIN_GROUP, LOOK_AGAIN] : found.fixes;
    return { said: error.message, findings: [{ ...found, confidence, ...(fixes === undefined ? {} : { fixes }) }] };
  },
};

export const dockerDisk: Check = {
  ...common,
  id: 'docker-disk',
  title: "Docker's disk has room",
  cost: 'a few calls to the daemon; of a host elsewhere one worker for a moment',
  timeoutMs: 60_000,
  finds: ['docker-disk-full'],
  applicable: needsDaemon,
  run: async (look): Promise<Seen> => {
    const state = await reached(look);
    if (state === null) return { said: 'No daemon.', findings: [], unknown: true };
    const { ours, rootDir } = state.look;
    const space = state.look.rootSpace ?? (await farSpace(look));
    if (space === null) return { said: "Docker's disk can't be seen from here.", findings: [], unknown: true };
    const mine = `ours: ${ours.containers} containers, ${ours.images} images of ${formatBytes(ours.imageBytes)}`;
    const said = `${rootDir}: ${formatBytes(space.freeBytes)} of ${formatBytes(space.totalBytes)} free; ${mine}.`;
    if (space.freeBytes > space.totalBytes * DOCKER_FREE || space.freeBytes > 20 * 1024 ** 3)
      return { said, findings: [] };
    const evidence = [said, mine];
    return {
      said,
      findings: [
        { id: 'docker-disk-full', seen: said, confidence: 'certain', evidence, fixes: [SHOW_DISK_USE, LOOK_AGAIN] },
      ],
    };
  },
};

/** Pruning is for whoever knows what the others are: only looking is offered. */
const SHOW_DISK_USE = copy(
  'copy-docker-df',
  'Copy `docker system df -v`',
  'docker system df -v',
  'Shows what takes the room, changes nothing.',
  'Look again after something was removed.',
);

/** Of a host elsewhere: spools are volumes there, and lie on the same disk. */
async function farSpace(look: Look): Promise<DaemonLook['rootSpace']> {
  if (!(await look.way()).isRemote) return null;
  const { spoolFreeBytes = null, spoolTotalBytes = null } = (await anyProbe(look)) ?? {};
  if (spoolFreeBytes === null || spoolTotalBytes === null) return null;
  return { freeBytes: Number(spoolFreeBytes), totalBytes: Number(spoolTotalBytes) };
}

export const image: Check = {
  ...common,
  id: 'image',
  title: 'The worker image is there',
  needs: ['daemon', 'image'],
  cost: 'a few calls to the daemon',
  finds: ['image-foreign', 'image-base-missing'],
  applicable: needsDaemon,
  run: async (look): Promise<Seen> => {
    const state = await reached(look);
    if (state === null) return { said: 'No daemon.', findings: [], unknown: true };
    const { name, state: is, base, baseIsThere } = state.look.image;
    if (is === 'present') return { said: `${name} carries this program.`, findings: [] };
    if (is === 'foreign') {
      const seen = `${name} is not an image of Smart Scanner.`;
      return { said: seen, findings: [{ id: 'image-foreign', seen, confidence: 'certain', evidence: [name] }] };
    }
    const said =
      is === 'missing'
        ? `${name} is built by the next scan.`
        : `${name} is of another version and built again by the next scan.`;
    if (baseIsThere) return { said, findings: [] };
    const seen = `${name} has to be built, and its base ${base} is not on this host.`;
    return {
      said,
      findings: [{ id: 'image-base-missing', seen, confidence: 'certain', evidence: [base], fixes: [BUILD_IMAGE] }],
    };
  },
};

export const workerStart: Check = {
  ...common,
  id: 'worker-start',
  title: 'A worker can start',
  needs: ['daemon', 'image'],
  cost: 'starts one worker for a moment, with the options that every worker gets',
  // Where the host is busy a start alone takes half a minute.
  timeoutMs: 120_000,
  finds: ['worker-start-failed', 'image-architecture', 'image-outdated'],
  applicable: async (look) =>
    (await reached(look))?.look.image.state === 'present' || (await usesDocker(look)) === null,
  run: async (look): Promise<Seen> => {
    try {
      const probe = await anyProbe(look);
      if (probe === null) return { said: 'Not tried: the image is not there yet.', findings: [], unknown: true };
      return { said: `A worker started and ended in order (${await workerKind(look)}).`, findings: [] };
    } catch (error) {
      const failure = toSmartScannerError(error);
      if (!['WORKER_START', 'WORKER_CRASHED', 'SPOOL'].includes(failure.code)) throw failure;
      const words = [failure.message, ...Object.values(failure.evidence)].join(' ');
      return {
        said: failure.message,
        findings: [
          {
            id: startFailure(words),
            seen: `A worker with the usual options did not start: ${failure.message}`,
            confidence: 'certain',
            evidence: Object.entries(failure.evidence).map(([key, value]) => `${key}: ${String(value)}`),
          },
        ],
      };
    }
  },
};

function startFailure(words: string): FindingId {
  if (/exec format error/iu.test(words)) return 'image-architecture';
  return words.includes(`exit code ${WORKER_EXIT.badJob}`) ? 'image-outdated' : 'worker-start-failed';
}

export const clock: Check = {
  ...common,
  id: 'clock',
  title: 'Clocks agree',
  cost: 'one call to the daemon',
  finds: ['clock-skew'],
  applicable: needsDaemon,
  run: async (look): Promise<Seen> => {
    const ahead = (await reached(look))?.look.clockAheadMs ?? null;
    if (ahead === null) return { said: 'The host does not tell its time.', findings: [], unknown: true };
    const said = `The host's clock is ${formatDuration(Math.abs(ahead))} ${ahead < 0 ? 'behind' : 'ahead of'} this computer's.`;
    if (Math.abs(ahead) < SKEW_MS) return { said, findings: [] };
    return { said, findings: [{ id: 'clock-skew', seen: said, confidence: 'certain', evidence: [`${ahead} ms`] }] };
  },
};

export const leftovers: Check = {
  ...common,
  id: 'leftovers',
  title: 'Ended scans left nothing behind',
  needs: ['catalog'],
  cost: 'lists our containers, volumes and spool directories',
  finds: ['leftovers'],
  applicable: () => Promise.resolve(true),
  run: async (look): Promise<Seen> => {
    const { items } = await look.leftovers();
    const removable = items.filter(({ keptBecause }) => keptBecause === null);
    if (removable.length === 0) return { said: `Nothing to remove (${items.length} in use).`, findings: [] };
    const seen = `${removable.length} ${removable.length === 1 ? 'thing' : 'things'} of ended scans can be removed.`;
    return {
      said: seen,
      findings: [
        {
          id: 'leftovers',
          seen,
          confidence: 'certain',
          evidence: removable
            .slice(0, 10)
            .map(({ kind, description, ageMs }) => `${kind}: ${description}, ${formatDuration(ageMs)} old`),
          fixes: [
            press(
              'remove-leftovers',
              `Remove ${removable.length}`,
              { do: 'remove-leftovers' },
              {
                consequence: 'Removes what our labels mark and no running scan holds. Nothing else is touched.',
                verify: 'It is looked for once more.',
              },
            ),
          ],
        },
      ],
    };
  },
};
