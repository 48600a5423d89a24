import type Table from 'cli-table3';
import type pc from 'picocolors';
import type { PlanReport } from '../engine/app/app.ts';
import { formatBytes, formatCount } from '../shared/units.ts';
import { plainTable } from './tables.ts';
import { counted, fitPath, pathOrMount, safeText } from './text.ts';

const SHOWN = 50;
const LABEL_WIDTH = 60;

/** The plan as a table: what would be scanned together, largest first. */
export function planText(report: PlanReport, colors: ReturnType<typeof pc.createColors>): string {
  const table: Table.Table = plainTable(
    ['Chunk', 'Size', 'Entries', 'Roots', 'First root'],
    ['right', 'right', 'right', 'right', 'left'],
  );
  report.chunks.slice(0, SHOWN).forEach((chunk, index) => {
    const first = chunk.items[0];
    const own = first?.mode === 'own' ? ' (own entries)' : '';
    table.push([
      String(index + 1),
      chunk.bytes === null ? 'unknown' : formatBytes(chunk.bytes),
      chunk.entries === null ? 'unknown' : formatCount(chunk.entries),
      formatCount(chunk.items.length),
      fitPath(pathOrMount(first?.path ?? ''), LABEL_WIDTH) +
        own +
        (chunk.oversized ? ' (over the limit: can not be divided)' : ''),
    ]);
  });
  const hidden = report.chunks.length - SHOWN;
  const total = `${counted(report.chunks.length, 'chunk')}, ${report.bytes === null ? 'size unknown' : formatBytes(report.bytes)}, ${
    report.entries === null ? 'entries unknown' : counted(report.entries, 'entry', 'entries')
  }`;
  return [
    colors.bold(`Plan (${report.way}, ${report.runtime} runtime): ${total}`),
    table.toString(),
    ...(hidden > 0 ? [`… and ${formatCount(hidden)} more (--json lists all)`] : []),
    ...(report.remark === null ? [] : [safeText(report.remark)]),
    'Nothing was scanned.',
  ].join('\n');
}
