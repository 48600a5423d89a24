import { basename } from 'node:path';
import { formatCount } from '../../../shared/units.ts';
import type { ExaminedScan } from '../../catalog/examine.ts';
import type { FindingId } from '../kinds.ts';
import { endedWell, scanOf } from '../look.ts';
import { PATTERNS } from '../log-patterns.ts';
import type { LogLook } from '../scan-logs.ts';
import { BUILD_IMAGE } from '../fixes.ts';
import type { Check, Found, Seen } from '../types.ts';

/** What nothing can be found of in a log that is written to still. */
const FRESH_MS = 600_000;
const AWAY: FindingId = 'docker-unreachable';

export const logPatterns: Check = {
  id: 'log-patterns',
  title: 'The scan log has no errors',
  category: 'scan',
  needs: ['data directory'],
  wakesDisks: false,
  cost: 'reads one log',
  timeoutMs: 30_000,
  finds: [...new Set<FindingId>([...PATTERNS.map(({ finds }) => finds), 'log-errors', 'scan-cut-off'])],
  applicable: async (look) => (await look.log()) !== null,
  run: async (look): Promise<Seen> => {
    const log = await look.log();
    if (log === null) return { said: 'There is no log.', findings: [] };
    const scan = await scanOf(look);
    const said = `${log.path}: ${formatCount(log.lines)} lines, ${formatCount(log.errors.count)} errors.`;
    if (endedWell(scan)) return { said: `${said} All is covered in the end.`, findings: [] };
    // Of a scan that is known its state tells what is left to do. That Docker was away is over where it answers.
    const wasAway = scan?.runtime === 'docker' && [...log.matches.keys()].some(({ finds }) => finds === AWAY);
    const isBack = wasAway && (await look.daemon()).reached;
    const matches = [...log.matches]
      .filter(([{ finds }]) => !isBack || finds !== AWAY)
      .filter(([{ ofOrchestrator = false }]) => ofOrchestrator || !isToldByCatalog(scan, log));
    const findings = matches.map(([pattern, match]): Found => ({
      id: pattern.finds,
      ...(scan === null ? {} : { mount: scan.mountName }),
      seen: pattern.seen.replace('$1', match.groups[0] ?? ''),
      confidence: pattern.confidence,
      evidence: [
        ...match.examples,
        ...(match.count > match.examples.length ? [`${formatCount(match.count)} lines like these`] : []),
      ],
      ...(pattern.finds === 'image-missing' ? { fixes: [BUILD_IMAGE] } : {}),
    }));
    // Of a scan that runs, whatever was an error may be tried again yet.
    if (log.errors.count > 0 && !(scan?.alive === true && isToldByCatalog(scan, log)))
      findings.push({
        id: 'log-errors',
        ...(scan === null ? {} : { mount: scan.mountName }),
        seen: `${log.path} has ${formatCount(log.errors.count)} lines with ERROR.`,
        confidence: 'certain',
        evidence: log.errors.examples,
      });
    const runs =
      (await look.live()).some(({ alive, snapshot }) => alive && snapshot.logPath === log.path) || scan?.alive === true;
    const known = scan !== null && scan.state !== 'open';
    if (!log.ended && !runs && !known && look.nowMs - log.changedAtMs > FRESH_MS)
      findings.push({
        id: 'scan-cut-off',
        ...(scan === null ? {} : { mount: scan.mountName }),
        seen: `${log.path} has no last line.`,
        confidence: 'likely',
        evidence: log.lastLine === null ? [] : [log.lastLine],
      });
    return { said, findings };
  },
};

/**
 * What became of each attempt and each directory stands in the catalog, where `attempts` and `gaps` look: that an error was met and got over is
 * no trouble. Of a scan that was broken off it may be why.
 */
export function isToldByCatalog(
  scan: Pick<ExaminedScan, 'state' | 'alive' | 'logPath'> | null,
  log: Pick<LogLook, 'path'>,
): boolean {
  if (scan === null || basename(scan.logPath) !== basename(log.path)) return false;
  return scan.alive || scan.state === 'finished';
}
