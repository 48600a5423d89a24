import { formatDuration } from '../../../shared/units.ts';
import type { ExaminedScanRow } from '../../catalog/examine.ts';
import { goOn } from '../fixes.ts';
import type { Look } from '../look.ts';
import type { Check, Found, Seen } from '../types.ts';

const computerOf = (owner: string): string => owner.slice(owner.lastIndexOf('@') + 1);

/** Scans beside the one that is looked at, and mounts that others hold. */
export const others: Check = {
  id: 'others',
  title: 'No other scan stands in the way',
  category: 'scan',
  needs: ['catalog'],
  wakesDisks: false,
  cost: 'a query in the catalog, one call to the daemon',
  timeoutMs: 30_000,
  finds: ['scan-abandoned', 'scan-elsewhere', 'mount-held'],
  applicable: async (look) => (await look.catalog()).ours !== null,
  run: async (look): Promise<Seen> => {
    const { ours } = await look.catalog();
    const wanted = ours?.scan?.scanId;
    const open = (ours?.scans ?? []).filter((scan) => scan.open && !scan.alive && scan.scanId !== wanted);
    const held = await heldElsewhere(look, new Set((ours?.scans ?? []).map(({ scanId }) => scanId)));
    const findings = [...open.map((scan) => judgeOpen(scan, look.owner)), ...held];
    return {
      said:
        findings.length === 0
          ? 'None is left open, no mount is held elsewhere.'
          : findings.map((one) => one.seen).join(' '),
      findings,
    };
  },
};

function judgeOpen({ scanId, mountName, owner }: ExaminedScanRow, me: string): Found {
  const common = {
    about: scanId,
    mount: mountName,
    confidence: 'certain',
    evidence: [`scan ${scanId} by ${owner}`],
  } as const;
  if (computerOf(owner) !== computerOf(me))
    return { id: 'scan-elsewhere', seen: `An older scan of ${mountName} belongs to ${owner}.`, ...common };
  return {
    id: 'scan-abandoned',
    seen: `An older scan of ${mountName} is open, but nobody runs it any more.`,
    ...common,
    fixes: [goOn({ mountName })],
  };
}

/** Leases of scans that this catalog doesn't know are somebody else's. */
async function heldElsewhere(look: Look, known: ReadonlySet<string>): Promise<Found[]> {
  const daemon = await look.daemon();
  const paths = new Set((await look.catalog()).ours?.mounts.map(({ path }) => path));
  const leases = daemon.reached ? await look.leases() : [];
  return leases
    .filter(({ scanId, mountPath }) => !known.has(scanId) && paths.has(mountPath))
    .map(({ scanId, owner, mountPath, mountName, sinceMs }) => ({
      id: 'mount-held',
      about: mountName,
      mount: mountName,
      seen: `${owner} scans ${mountPath} (${mountName}) for ${formatDuration(Math.max(0, look.nowMs - sinceMs))}.`,
      confidence: 'likely',
      evidence: [`lease of scan ${scanId} on the host`],
    }));
}
