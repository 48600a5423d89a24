import type pc from 'picocolors';
import type { Certificate, CertificateGap } from '../shared/certificate.ts';
import { EXCLUDED_OTHER_FILESYSTEM } from '../shared/shard-schema.ts';
import { formatBytes, formatCount, formatDuration } from '../shared/units.ts';
import { counted, pathOrMount, safeText } from './text.ts';

const SHOWN_GAPS = 20;

type Colors = ReturnType<typeof pc.createColors>;

/** The coverage certificate as a person reads it. */
export function certificateText(certificate: Certificate, colors: Colors): string {
  const { entries, directories, bytes } = certificate;
  const lines = [
    colors.bold(
      `Coverage certificate of ${safeText(certificate.mountName)} (${safeText(certificate.mountPath)} on ${safeText(certificate.hostName)})`,
    ),
    `  ${verdictLine(certificate, colors)}`,
    '',
    `  Entries met      ${formatCount(entries.returned)} = ${counted(entries.files, 'file')} + ${counted(entries.subdirs, 'directory', 'directories')} + ` +
      `${formatCount(entries.excluded)} excluded + ${formatCount(entries.failed)} failed + ${formatCount(entries.vanished)} vanished`,
    `  Directories      ${formatCount(directories.total)} = ${formatCount(directories.scanned)} scanned + ${formatCount(directories.excluded)} excluded + ` +
      `${formatCount(directories.vanished)} vanished + ${formatCount(directories.failed)} failed + ${formatCount(directories.pending)} never reached`,
    `  Catalog rows     ${counted(certificate.mergedRows, 'file')}`,
    `  Size             ${formatBytes(bytes.apparent)}, ${formatBytes(bytes.allocated)} on disk, ${formatBytes(bytes.charged)} with hard links once`,
    `  Chunks           ${formatCount(certificate.chunks.done)} done, ${formatCount(certificate.chunks.failed)} failed, ` +
      `${formatCount(certificate.chunks.open)} open, in ${counted(certificate.attempts, 'attempt')}`,
  ];
  if (certificate.drift !== null && (certificate.drift.entries !== 0 || certificate.drift.bytes !== 0)) {
    const sign = certificate.drift.entries > 0 ? '+' : '';
    lines.push(
      `  Drift            ${sign}${counted(certificate.drift.entries, 'entry', 'entries')} since the sizes were measured`,
    );
  }
  for (const { rule, directories: count } of certificate.excludedBy) {
    lines.push(`  Excluded         ${counted(count, 'directory', 'directories')} by ${ruleText(rule)}`);
  }
  for (const { what, expected, found } of certificate.disagreements) {
    lines.push(colors.red(`  DISAGREES        ${what}: ${safeText(expected)} expected, ${safeText(found)} found`));
  }
  if (certificate.gapCount > 0) {
    lines.push('', colors.yellow(`  Missing (${formatCount(certificate.gapCount)}):`));
    for (const gap of certificate.gaps.slice(0, SHOWN_GAPS)) lines.push(`    ${gapText(gap)}`);
    const more = certificate.gapCount - Math.min(SHOWN_GAPS, certificate.gaps.length);
    if (more > 0)
      lines.push(`    … and ${formatCount(more)} more: smart-scanner stats --certificate ${certificate.scanId} --json`);
  }
  lines.push('', `  ${publishedLine(certificate)}`);
  return lines.join('\n');
}

/** One line for the end of a scan. */
export function summaryLine(certificate: Certificate, durationMs: number): string {
  const { entries, directories, bytes } = certificate;
  return (
    `${safeText(certificate.mountName)}: ${counted(entries.files, 'file')}, ${formatBytes(bytes.apparent)} in ${counted(directories.scanned, 'directory', 'directories')}, ` +
    `scanned in ${formatDuration(durationMs)}`
  );
}

/** What to press at the end of a scan with gaps; null where nothing would help. */
export function retryLine({ interrupted, gaps, chunks }: Certificate): string | null {
  if (interrupted) return chunks.open > 0 ? 'Go on with it: smart-scanner scan --resume' : null;
  const failed = gaps.filter((gap) => gap.state === 'failed');
  const ways = [
    ...(failed.some((gap) => gap.reason !== 'QUARANTINED') ? ['smart-scanner retry --failed'] : []),
    ...(failed.some((gap) => gap.reason === 'QUARANTINED') ? ['smart-scanner retry --quarantined'] : []),
  ];
  return ways.length === 0 ? null : `When the cause is gone: ${ways.join(', ')}`;
}

function verdictLine(certificate: Certificate, colors: Colors): string {
  if (certificate.verdict === 'disagrees') return colors.red('DISAGREES: the sums do not add up. Please report this.');
  if (certificate.interrupted)
    return colors.yellow('INTERRUPTED: what was reached is in the catalog, the rest is named below.');
  if (certificate.verdict === 'gaps')
    return colors.yellow(`GAPS: all is in the catalog but what is named below (${formatCount(certificate.gapCount)}).`);
  return colors.green('COVERED: every directory was scanned, excluded by a rule, or vanished meanwhile.');
}

function publishedLine(certificate: Certificate): string {
  if (certificate.published) return 'Published: this is the inventory now.';
  return `Not published: ${certificate.unpublishedReason ?? 'unknown reason'}. An inventory from before stays; --publish takes an interrupted, empty or much smaller one all the same.`;
}

function gapText(gap: CertificateGap): string {
  const why = gap.syscall === null ? gap.reason : `${gap.syscall}: ${gap.reason}`;
  const what =
    gap.state === 'entry-failed'
      ? 'one entry'
      : gap.state === 'pending'
        ? 'not reached, what is below is unknown'
        : 'what is below is unknown';
  return `${pathOrMount(gap.path)} (${safeText(why)}; ${what})`;
}

function ruleText(rule: string): string {
  if (rule === EXCLUDED_OTHER_FILESYSTEM) return 'being another file system (--cross-filesystems enters them)';
  return rule.startsWith('rule:') ? `the rule "${safeText(rule.slice('rule:'.length))}"` : safeText(rule);
}
