import { LOOK_AGAIN, goOn, restart } from '../fixes.ts';
import type { Fix } from '../../../shared/diagnosis.ts';
import type { YieldTo } from '../../../shared/settings.ts';
import { anyProbe, runningScans, scanOf, type Look } from '../look.ts';
import type { Check, Found, Seen } from '../types.ts';

/** What else works on the host's disks. Files of the host tell; the disks sleep on. */
export const neighbours: Check = {
  id: 'neighbours',
  title: 'Neither parity check nor mover runs',
  category: 'host',
  needs: ['image'],
  wakesDisks: false,
  cost: 'starts one worker for a moment, which reads two small files in memory; the one of `worker-start`',
  timeoutMs: 60_000,
  finds: ['parity-running', 'mover-running'],
  applicable: () => Promise.resolve(true),
  run: async (look): Promise<Seen> => {
    const probe = await anyProbe(look);
    const seen = probe?.neighbours;
    if (seen === undefined)
      return { said: 'The host can not be asked: no worker can start there yet.', findings: [], unknown: true };
    const findings: Found[] = [];
    const { parity, mover } = seen;
    if (parity !== null) {
      const share = parity.percent === null ? '' : `, ${Math.floor(parity.percent)} % done`;
      findings.push({
        id: 'parity-running',
        seen: `A parity check runs on the host (${parity.action}${share}).`,
        confidence: 'certain',
        evidence: [`mdResyncAction: ${parity.action}${share}`],
        fixes: await makeWay(look, 'parity', 'the parity check'),
      });
    }
    if (mover)
      findings.push({
        id: 'mover-running',
        seen: 'The mover runs on the host.',
        confidence: 'certain',
        evidence: ['the process of its pid file lives'],
        fixes: await makeWay(look, 'mover', 'the mover'),
      });
    return { said: findings.length === 0 ? 'Neither runs.' : findings.map((one) => one.seen).join(' '), findings };
  },
};

/** For the scan that runs, or the one that was broken off. */
async function makeWay(look: Look, which: YieldTo, what: string): Promise<Fix[]> {
  const scan = await scanOf(look);
  if (scan === null || scan.settings.yieldTo.includes(which)) return [LOOK_AGAIN];
  const changes = { yieldTo: [...scan.settings.yieldTo, which] };
  const label = `Pause until ${what} ends`;
  const runs = (await runningScans(look)).some(({ snapshot }) => snapshot.scanId === scan.scanId);
  if (runs || scan.alive)
    return [restart('yield', scan, changes, label, `paused until ${what} ends, then by itself`), LOOK_AGAIN];
  if (scan.state === 'finished') return [LOOK_AGAIN];
  return [{ ...goOn(scan, changes, `Go on once ${what} ends`), id: `yield:${scan.mountName}` }, LOOK_AGAIN];
}
