import type { Fix } from '../../../shared/diagnosis.ts';
import { formatDuration } from '../../../shared/units.ts';
import type { LiveScan } from '../../app/app.ts';
import { LOOK_AGAIN, press, restart } from '../fixes.ts';
import { runningScans } from '../look.ts';
import type { Check, Found, Seen } from '../types.ts';

export const pauses: Check = {
  id: 'pauses',
  title: 'No scan is paused',
  category: 'scan',
  needs: ['data directory'],
  wakesDisks: false,
  cost: 'reads the state files',
  timeoutMs: 20_000,
  finds: ['scan-paused'],
  applicable: async (look) => (await runningScans(look)).length > 0,
  run: async (look): Promise<Seen> => {
    const findings = (await runningScans(look)).flatMap((scan) => judgePause(scan, look.nowMs) ?? []);
    return { said: findings.length === 0 ? 'None is.' : findings.map((one) => one.seen).join(' '), findings };
  },
};

/** Why a scan does not move although all is well with it. */
export function judgePause({ snapshot }: LiveScan, nowMs: number): Found | null {
  const { mountName, scanId, pauses: reasons, chunks } = snapshot;
  const [first] = reasons;
  if (first === undefined) {
    if (chunks.paused === 0 || chunks.running > 0) return null;
    return {
      id: 'scan-paused',
      about: mountName,
      mount: mountName,
      seen: `${chunks.paused} ${chunks.paused === 1 ? 'chunk' : 'chunks'} of ${mountName} are put off by hand, and nothing else is left to do.`,
      confidence: 'certain',
      evidence: [`chunks: ${chunks.paused} put off, ${chunks.done} done`],
      fixes: [goesOn(scanId, mountName)],
    };
  }
  const since = formatDuration(Math.max(0, nowMs - first.sinceMs));
  return {
    id: 'scan-paused',
    about: mountName,
    mount: mountName,
    seen: `The scan of ${mountName} is paused for ${since}: ${reasons.map(({ text }) => text).join('; ')}.`,
    confidence: 'certain',
    evidence: reasons.map(({ kind, text }) => `${kind}: ${text}`),
    fixes: fixesOf(scanId, mountName, first.kind),
  };
}

function fixesOf(scanId: string, mountName: string, kind: LiveScan['snapshot']['pauses'][number]['kind']): Fix[] {
  const scan = { scanId, mountName };
  switch (kind) {
    case 'asked':
      return [goesOn(scanId, mountName)];
    case 'window':
      return [
        restart('any-hour', scan, { window: null }, 'Go on now, at any hour', 'at any hour of the day from now on'),
        LOOK_AGAIN,
      ];
    case 'yield':
      return [
        restart('yield-to-none', scan, { yieldTo: [] }, 'Go on all the same', 'beside what runs on the host'),
        LOOK_AGAIN,
      ];
    case 'disk':
      return [LOOK_AGAIN];
  }
}

function goesOn(scanId: string, mountName: string): Fix {
  return press(
    `unpause:${mountName}`,
    'Let it go on',
    { do: 'unpause', scanId },
    {
      consequence: 'Workers start again where they stopped.',
      verify: 'Whether it is still paused is looked at again.',
    },
  );
}
