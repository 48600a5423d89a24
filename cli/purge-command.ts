import type { App } from '../engine/app/app.ts';
import type { PurgeReport } from '../engine/app/purge.ts';
import { EXIT, SmartScannerError, type ExitStatus } from '../shared/errors.ts';
import { formatBytes } from '../shared/units.ts';
import type { HostsAction } from './hosts-command.ts';
import { askYesNo, canAsk } from './question.ts';
import { plainTable } from './tables.ts';
import type { Terminal } from './terminal.ts';
import { counted, safeText, toJsonLine } from './text.ts';

/** `hosts remove --purge`: shows what would go, asks, removes. */
export async function purgeCommand(
  app: App,
  { name, yes, dryRun, catalog }: Omit<Extract<HostsAction, { kind: 'purge' }>, 'kind'>,
  json: boolean,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitStatus> {
  const { hosts } = app.commands;
  const found = await hosts.purge(name, { remove: false, catalog }, signal);
  if (dryRun) {
    terminal.out(json ? toJsonLine(found) : listed(found));
    return EXIT.covered;
  }
  if (!yes && found.items.length > 0) {
    if (!canAsk(json)) {
      throw new SmartScannerError('USAGE', `${counted(found.items.length, 'thing')} would be removed from ${name}.`, {
        hint: 'Say --yes to remove them, or --dry-run to list them.',
      });
    }
    terminal.err(listed(found));
    if (!(await askYesNo(`Remove all of it and forget ${safeText(name)}?`))) {
      terminal.err('Nothing was removed.');
      return EXIT.covered;
    }
  }
  const report = await hosts.purge(name, { remove: true, catalog }, signal);
  terminal.out(
    json
      ? toJsonLine(report)
      : `${listed(report)}\nRemoved. "${safeText(name)}" is forgotten${catalog ? '' : '; its inventories stay in the catalog here'}.`,
  );
  return EXIT.covered;
}

function listed({ items }: PurgeReport): string {
  if (items.length === 0) return 'Nothing of ours is there.';
  const table = plainTable(['What', 'Size', ''], ['left', 'right', 'left']);
  for (const { kind, bytes, description } of items)
    table.push([kind, bytes === null ? '' : formatBytes(bytes), safeText(description)]);
  return table.toString();
}
