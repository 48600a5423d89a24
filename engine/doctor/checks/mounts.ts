import type { ProbeResult } from '../../../shared/worker-protocol.ts';
import { toSmartScannerError } from '../../../shared/errors.ts';
import { formatCount } from '../../../shared/units.ts';
import type { ExaminedMount } from '../../catalog/examine.ts';
import type { Fix } from '../../../shared/diagnosis.ts';
import { LOOK_AGAIN, restart } from '../fixes.ts';
import { runningScans, type Look } from '../look.ts';
import type { Check, Found, Seen } from '../types.ts';

/** A disk that works alone answers in under 20 ms, SSDs and caches in under 1. */
const SLOW_P95_MS = 40;
const ENOUGH_SAMPLES = 8;
/** Of fewer the slowest 5 % are one or two: a single disk that had to wake up. */
const ENOUGH_FOR_P95 = 40;
/** Each is looked at by a worker of its own, all at once; of more than these it is said that they were not. */
const MOUNTS_MAX = 20;

/** Those of this computer and of the host that is looked at, and what is said of the others. */
async function mountsOf(look: Look): Promise<{ readonly here: readonly ExaminedMount[]; readonly away: string[] }> {
  const all = (await look.catalog()).ours?.mounts ?? [];
  const isDocker = all.some(({ hostKind }) => hostKind === 'docker');
  const daemon = isDocker ? await look.daemon() : null;
  const known: readonly string[] | null = daemon?.reached === true ? daemon.info.ids : null;
  // Below the same path another host has other things. Without a daemon nobody can tell, and nothing is probed.
  const isHere = ({ hostKind, hostIds }: ExaminedMount): boolean =>
    hostKind === 'process' || known === null || hostIds.some((id) => known.includes(id));
  const here = all.filter(isHere);
  const away = all
    .filter((mount) => !isHere(mount))
    .map(({ name, hostName }) => `${name}: on ${hostName}, not looked at`);
  const more = here.length - MOUNTS_MAX;
  return { here: here.slice(0, MOUNTS_MAX), away: more > 0 ? [...away, `${more} more, not looked at`] : away };
}

const hasMounts = async (look: Look): Promise<boolean> => ((await look.catalog()).ours?.mounts ?? []).length > 0;

/** Made for disks of their own on any Linux host. */
const FOR_DISKS = /^\/(?:mnt|media|run\/media)\/./u;

/** Whether a worker can look at it now. */
async function canProbe(look: Look, mount: ExaminedMount): Promise<boolean> {
  if (mount.hostKind === 'process') return true;
  const daemon = await look.daemon();
  return daemon.reached && daemon.look.image.state === 'present';
}

interface Probed {
  readonly mount: ExaminedMount;
  readonly probe: ProbeResult | null;
  readonly found: Found | null;
  readonly why: string | null;
}

async function probed(look: Look, mount: ExaminedMount): Promise<Probed> {
  if (!(await canProbe(look, mount))) return { mount, probe: null, found: null, why: 'its host or image is not there' };
  try {
    const probe = await look.probe({ path: mount.path, kind: mount.hostKind });
    return { mount, probe, found: judge(mount, probe), why: null };
  } catch (error) {
    const { code, message } = toSmartScannerError(error);
    if (code === 'MOUNT_NOT_FOUND')
      return {
        mount,
        probe: null,
        found: {
          id: 'mount-missing',
          about: mount.name,
          mount: mount.name,
          seen: message,
          confidence: 'certain',
          evidence: [message],
          fixes: [LOOK_AGAIN],
        },
        why: null,
      };
    return { mount, probe: null, found: null, why: message };
  }
}

/** What stands in the way of a scan of it. */
export function judge(mount: ExaminedMount, probe: ProbeResult): Found | null {
  const { path, name, publishedEntries } = mount;
  const words = `${probe.syscall ?? 'call'}: ${probe.code ?? 'ok'}`;
  const evidence = [
    words,
    `file system ${probe.filesystem ?? 'unknown'}${probe.isMountPoint === true ? ', a mount point' : ''}`,
  ];
  const found = (id: Found['id'], seen: string): Found => ({
    id,
    about: name,
    mount: name,
    seen,
    confidence: 'certain',
    evidence,
    fixes: [LOOK_AGAIN],
  });
  if (!probe.exists) return found('mount-missing', `${path} (${name}) does not exist on the host.`);
  if (probe.code === 'ESTALE') return found('nfs-stale', `${path} (${name}) answers ESTALE.`);
  if (probe.code === 'EIO') return found('disk-errors', `${path} (${name}) answers with an input/output error.`);
  if (probe.code === 'ENOTCONN') return found('mount-gone', `What served ${path} (${name}) has ended.`);
  if (!probe.listable && ['EACCES', 'EPERM'].includes(probe.code ?? '') && probe.filesystem?.startsWith('nfs') === true)
    return found('nfs-root-squash', `${path} (${name}) is on NFS and refuses root (${words}).`);
  if (!probe.isDirectory || !probe.listable)
    return found('mount-not-listable', `${path} (${name}) can't be listed (${words}).`);
  if (probe.empty && (publishedEntries ?? 0) > 1)
    return found(
      'mount-empty',
      `${path} (${name}) is empty, but its inventory has ${formatCount(publishedEntries ?? 0)} entries.`,
    );
  const within = probe.pathInFilesystem;
  if (typeof within === 'string' && FOR_DISKS.test(path) && within.endsWith(path))
    return {
      ...found('mount-not-mounted', `${path} (${name}) is a directory of the host's own system disk.`),
      confidence: 'possible',
      evidence: [...evidence, `path within its file system: ${within}`],
    };
  return null;
}

export const mounts: Check = {
  id: 'mounts',
  title: 'Mount points are there and not empty',
  category: 'mount',
  needs: ['mounts'],
  wakesDisks: true,
  cost: 'a worker lists the first entries of each mount point',
  timeoutMs: 60_000,
  finds: [
    'mount-missing',
    'mount-empty',
    'mount-not-listable',
    'nfs-root-squash',
    'nfs-stale',
    'disk-errors',
    'mount-gone',
    'mount-not-mounted',
  ],
  applicable: hasMounts,
  run: async (look): Promise<Seen> => {
    const { here, away } = await mountsOf(look);
    const all = await Promise.all(here.map((mount) => probed(look, mount)));
    const said = all.map(
      ({ mount, found, why }) =>
        `${mount.name}: ${found !== null ? found.seen : why !== null ? `not seen (${why})` : 'there'}`,
    );
    return {
      said: [...said, ...away].join('; '),
      findings: all.flatMap(({ found }) => found ?? []),
      unknown: all.some(({ why }) => why !== null),
    };
  },
};

/** What the times of single calls say of a mount; `beside`: mounts that were looked at with it. */
export function judgeSpeed(
  mount: ExaminedMount,
  probe: ProbeResult,
  beside: readonly { readonly mount: ExaminedMount; readonly probe: ProbeResult }[] = [],
): Found[] {
  const { lstat, filesystem } = probe;
  if (!isSlow(probe) || lstat === undefined) return [];
  const numbers = `lstat of ${lstat.samples} entries: half in ${lstat.p50Ms.toFixed(1)} ms, 95 % in ${lstat.p95Ms.toFixed(1)} ms, the slowest ${lstat.maxMs.toFixed(0)} ms`;
  const sameDisk = beside.filter(
    (other) => other.mount.name !== mount.name && probe.device !== undefined && other.probe.device === probe.device,
  );
  const slow: Found = {
    id: 'mount-slow',
    about: mount.name,
    mount: mount.name,
    seen: `${mount.path} (${mount.name}) answers slowly: ${numbers}.${besideText(sameDisk)}`,
    confidence: 'likely',
    evidence: [
      numbers,
      ...sameDisk.map(
        (other) => `same disk: ${other.mount.name}, 95 % in ${other.probe.lstat?.p95Ms.toFixed(1) ?? 'unknown'} ms`,
      ),
    ],
  };
  if (filesystem?.startsWith('fuse') !== true) return [slow];
  return [
    slow,
    {
      id: 'fuse-path',
      about: mount.name,
      mount: mount.name,
      seen: `${mount.path} (${mount.name}) is read through ${filesystem}.`,
      confidence: 'likely',
      evidence: [`file system ${filesystem}`],
    },
  ];
}

function isSlow({ lstat }: ProbeResult): boolean {
  if (lstat === undefined || lstat.samples < ENOUGH_SAMPLES) return false;
  return (lstat.samples < ENOUGH_FOR_P95 ? lstat.p50Ms : lstat.p95Ms) >= SLOW_P95_MS;
}

/** Whether it is the disk or the directory. */
function besideText(sameDisk: readonly { readonly mount: ExaminedMount; readonly probe: ProbeResult }[]): string {
  if (sameDisk.length === 0) return '';
  const slow = sameDisk.filter(({ probe }) => isSlow(probe)).map(({ mount }) => mount.name);
  return slow.length === 0
    ? ' Others on the same disk are quick: it is the directory, not the disk.'
    : ` So does ${slow.join(', ')} on the same disk: it is the disk.`;
}

/** Fewer calls at once, for a scan that runs now. */
async function gentler(look: Look, { name }: ExaminedMount): Promise<Fix[]> {
  const live = (await runningScans(look)).find(({ snapshot }) => snapshot.mountName === name);
  if (live === undefined || live.snapshot.load === 'gentle') return [LOOK_AGAIN];
  return [
    restart(
      'gentle',
      live.snapshot,
      { load: 'gentle' },
      'Ask less of the disk',
      'with one worker, which rests most of the time while others use the host',
    ),
    LOOK_AGAIN,
  ];
}

export const mountSpeed: Check = {
  id: 'mount-speed',
  title: 'Mounts answer quickly',
  category: 'mount',
  needs: ['mounts'],
  wakesDisks: true,
  cost: 'up to 200 `lstat` a mount point, 2 s at most',
  timeoutMs: 60_000,
  finds: ['mount-slow', 'fuse-path'],
  applicable: hasMounts,
  run: async (look): Promise<Seen> => {
    const { here, away } = await mountsOf(look);
    const all = await Promise.all(here.map((mount) => probed(look, mount)));
    const said = all.map(({ mount, probe }) => {
      const lstat = probe?.lstat;
      return `${mount.name}: ${lstat === undefined ? 'not measured' : `95 % in ${lstat.p95Ms.toFixed(1)} ms of ${formatCount(lstat.samples)} entries`}`;
    });
    const seen = all.flatMap(({ mount, probe }) => (probe === null ? [] : [{ mount, probe }]));
    const findings = await Promise.all(
      seen.map(async ({ mount, probe }) => {
        const found = judgeSpeed(mount, probe, seen);
        if (found.length === 0) return [];
        const fixes = await gentler(look, mount);
        return found.map((one) => (one.id === 'mount-slow' ? { ...one, fixes } : one));
      }),
    );
    return {
      said: [...said, ...away].join('; '),
      findings: findings.flat(),
      unknown: all.some(({ probe }) => probe === null),
    };
  },
};
