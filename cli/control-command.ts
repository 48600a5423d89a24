import type { App } from '../engine/app/app.ts';
import type { ControlReport } from '../engine/app/control.ts';
import { formatCount } from '../shared/units.ts';
import type { Terminal } from './terminal.ts';
import { counted, safeText, toJsonLine } from './text.ts';

export interface ControlOptions {
  readonly mount?: string;
  readonly scan?: string;
  readonly chunk?: number;
  readonly json: boolean;
}

/** `smart-scanner pause`, `resume` and `stop`: asks whoever runs the scan, and says what came of it. */
export async function controlCommand(
  app: App,
  kind: ControlReport['kind'],
  options: ControlOptions,
  terminal: Terminal,
): Promise<void> {
  const report = await app.commands.control({
    kind,
    mountName: options.mount ?? null,
    scanId: options.scan ?? null,
    chunkId: options.chunk ?? null,
  });
  terminal.out(options.json ? toJsonLine(report) : controlText(report));
}

export function controlText(report: ControlReport): string {
  const { kind, holding } = report;
  const name = safeText(report.mountName);
  const who = report.chunkId === null ? name : `Chunk ${report.chunkId} of ${name}`;
  const letGo = report.workers === 0 ? '' : `${counted(report.workers, 'worker')} let go of the mount`;
  const still =
    holding === 0 ? '' : `${counted(holding, 'worker')} ${holding === 1 ? 'has' : 'have'} not let go of it yet`;
  const wait = `${counted(report.waiting, 'chunk')} ${report.waiting === 1 ? 'waits' : 'wait'}`;
  switch (kind) {
    case 'pause':
      return `${who} is paused: ${[letGo, still, wait].filter((text) => text !== '').join(', ')}.`;
    case 'resume':
      return report.pauses.length > 0
        ? `${who} goes on once this is over: ${safeText(report.pauses.join('; '))}.`
        : `${who} goes on: ${wait}.`;
    case 'stop':
      return report.chunkId === null
        ? `${who} is stopping: its workers commit what they have, ${formatCount(report.waiting)} chunks stay for \`scan --resume\`.`
        : `${who} is stopped: ${[letGo, still, 'what it has not read stands in the certificate'].filter((text) => text !== '').join(', ')}.`;
  }
}
