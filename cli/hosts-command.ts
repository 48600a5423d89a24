import type { App } from '../engine/app/app.ts';
import type { HostStep } from '../shared/hosts.ts';
import { EXIT, type ExitStatus } from '../shared/errors.ts';
import { keyAsker } from './key-question.ts';
import { purgeCommand } from './purge-command.ts';
import { canAsk } from './question.ts';
import { onStopSignals } from './signals.ts';
import { plainTable } from './tables.ts';
import type { Terminal } from './terminal.ts';
import { safeText, toJsonLine } from './text.ts';

export type HostsAction =
  | { readonly kind: 'list' }
  | { readonly kind: 'add'; readonly name: string; readonly address: string; readonly unchecked: boolean }
  | { readonly kind: 'test'; readonly host: string | null }
  | { readonly kind: 'test-all' }
  | { readonly kind: 'remove'; readonly name: string }
  | {
      readonly kind: 'purge';
      readonly name: string;
      readonly yes: boolean;
      readonly dryRun: boolean;
      readonly catalog: boolean;
    }
  | { readonly kind: 'default'; readonly name: string | null; readonly none: boolean };

const MARKS: Record<HostStep['result'], string> = { ok: 'ok', note: 'note', failed: 'FAILED', skipped: '-' };
const WIDTH = 12;
const NO_HOSTS = 'No host was added. Add one: smart-scanner hosts add tower ssh://root@tower.local';

/** `smart-scanner hosts …`. */
export async function hostsCommand(
  app: App,
  action: HostsAction,
  options: { readonly json: boolean },
  terminal: Terminal,
): Promise<ExitStatus> {
  const { hosts } = app.commands;
  const say = (json: unknown, text: string): void => terminal.out(options.json ? toJsonLine(json) : text);
  const onStep = ({ step, result, text }: HostStep): void => {
    const line = `${step.padEnd(WIDTH)}${MARKS[result].padEnd(WIDTH)}${safeText(text)}`.trimEnd();
    if (!options.json) terminal.out(result === 'failed' ? terminal.colors.red(line) : line);
  };
  const stop = new AbortController();
  const end = (): void => stop.abort();
  const signals = onStopSignals(end, end);
  try {
    switch (action.kind) {
      case 'list': {
        const list = await app.queries.hosts();
        say(list, listText(list));
        return EXIT.covered;
      }
      case 'add': {
        const keys = canAsk(options.json) ? { keys: keyAsker(terminal) } : {};
        const added = await hosts.add({ ...action, ...keys }, onStep, stop.signal);
        const was =
          added.before === null
            ? ''
            : ` It is the host that was called "${added.before}", with its history; from now on it has this name and address.`;
        say(added, `"${added.host.name}" is added: ${added.host.address}.${safeText(was)}`);
        if (!options.json && typeof added.test?.warning === 'string')
          terminal.out(`WARNING: ${safeText(added.test.warning)}`);
        return EXIT.covered;
      }
      case 'test': {
        const report = await hosts.test(action.host, onStep, stop.signal);
        if (options.json) terminal.out(toJsonLine(report));
        else if (report.warning !== null) terminal.out(`WARNING: ${safeText(report.warning)}`);
        if (!options.json && report.error?.hint !== undefined) terminal.err(safeText(report.error.hint));
        return report.error === null ? EXIT.covered : EXIT.notStarted;
      }
      case 'test-all': {
        let status: ExitStatus = EXIT.covered;
        let tested = 0;
        await hosts.testAll((name, report) => {
          tested += 1;
          if (report.error !== null) status = EXIT.notStarted;
          if (options.json) terminal.out(toJsonLine({ name, ...report }));
          else {
            terminal.out(
              `${safeText(name)}: ${report.error === null ? 'ready' : 'out of reach'} (${safeText(report.address)})`,
            );
            for (const step of report.steps) onStep(step);
            if (report.error?.hint !== undefined) terminal.out(safeText(report.error.hint));
          }
        }, stop.signal);
        if (tested === 0 && !options.json) terminal.out(NO_HOSTS);
        return status;
      }
      case 'remove': {
        const host = await hosts.remove(action.name);
        say({ removed: host }, `"${host.name}" is forgotten. Nothing on it was touched.`);
        return EXIT.covered;
      }
      case 'purge':
        return await purgeCommand(app, action, options.json, terminal, stop.signal);
      case 'default':
        return await setDefault(app, action, say);
    }
  } finally {
    signals.end();
  }
}

async function setDefault(
  app: App,
  { name, none }: Extract<HostsAction, { kind: 'default' }>,
  say: (json: unknown, text: string) => void,
): Promise<ExitStatus> {
  if (name !== null || none) await app.commands.hosts.setDefault(name);
  const { hosts, defaultId } = await app.queries.hosts();
  const host = hosts.find(({ id }) => id === defaultId);
  say({ default: host ?? null }, host === undefined ? 'No host is the default.' : `${host.name}: ${host.address}`);
  return EXIT.covered;
}

/** Less than that nobody sees in the times of files. */
const CLOCK_OFF_MS = 2_000;

function clockRemark(clock: { readonly skewMs: number; readonly atMs: number } | null): string {
  if (clock === null || Math.abs(clock.skewMs) <= CLOCK_OFF_MS) return '';
  const off = `clock ${(Math.abs(clock.skewMs) / 1000).toFixed(1)} s ${clock.skewMs > 0 ? 'ahead' : 'behind'}`;
  return `${off} (${new Date(clock.atMs).toISOString().slice(0, 10)})`;
}

function listText({ hosts, defaultId }: Awaited<ReturnType<App['queries']['hosts']>>): string {
  if (hosts.length === 0) return NO_HOSTS;
  const table = plainTable(['Name', 'Address', ''], ['left', 'left', 'left']);
  for (const host of hosts) {
    const remarks = [
      host.id === defaultId ? 'default' : '',
      host.daemonId === null ? 'never reached' : '',
      clockRemark(host.clock),
      /^tcp:/iu.test(host.address) && host.tls === null ? 'not encrypted: root for the whole network' : '',
    ];
    table.push([safeText(host.name), safeText(host.address), remarks.filter((text) => text !== '').join(', ')]);
  }
  return table.toString();
}
