import { createInterface } from 'node:readline/promises';
import type { App, CleanupReport } from '../engine/app/app.ts';
import { SmartScannerError } from '../shared/errors.ts';
import { formatBytes, formatDuration } from '../shared/units.ts';
import { plainTable } from './tables.ts';
import type { Terminal } from './terminal.ts';
import { counted, safeText, toJsonLine } from './text.ts';

/** `smart-scanner cleanup`: lists, asks, removes. */
export async function cleanupCommand(
  app: App,
  options: { dryRun: boolean; yes: boolean; json: boolean },
  terminal: Terminal,
): Promise<void> {
  const found = await app.commands.cleanup({ remove: false });
  const removable = found.items.filter((item) => item.keptBecause === null).length;
  if (options.dryRun || removable === 0) {
    terminal.out(options.json ? toJsonLine(found) : cleanupText(found, 'would be removed'));
    return;
  }
  if (!options.yes) {
    if (options.json || !process.stdin.isTTY || !process.stdout.isTTY) {
      throw new SmartScannerError('USAGE', `${counted(removable, 'thing')} would be removed.`, {
        hint: 'Say --yes to remove them, or --dry-run to list them.',
      });
    }
    terminal.out(cleanupText(found, 'would be removed'));
    const prompt = createInterface({ input: process.stdin, output: process.stdout });
    const answer = await prompt.question(`Remove ${removable}? [y/N] `);
    prompt.close();
    if (!/^y(es)?$/i.test(answer.trim())) {
      terminal.out('Nothing was removed.');
      return;
    }
  }
  const report = await app.commands.cleanup({ remove: true });
  terminal.out(options.json ? toJsonLine(report) : cleanupText(report, 'removed'));
}

function cleanupText(report: CleanupReport, done: string): string {
  if (report.items.length === 0) return 'Nothing of ours was left behind.';
  const table = plainTable(['What', 'Age', 'Size', '', 'Of'], ['left', 'right', 'right', 'left', 'left']);
  for (const item of report.items) {
    table.push([
      item.kind,
      formatDuration(item.ageMs),
      item.bytes === null ? '' : formatBytes(item.bytes),
      item.keptBecause === null ? done : `stays: ${safeText(item.keptBecause)}`,
      `${safeText(item.description)} ${safeText(item.id).slice(0, 20)}`,
    ]);
  }
  return table.toString();
}
