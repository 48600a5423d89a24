import type { CommanderError, Option } from 'commander';
import { Command, Help } from 'commander';
import type { Control } from '../engine/scan/scan-control.ts';
import { common, hostOptions, type CommonOptions } from './common-options.ts';
import type { ControlOptions } from './control-command.ts';
import { addDebug, type DebugOptions } from './debug-program.ts';
import type { HostsAction } from './hosts-command.ts';
import { addHosts } from './hosts-program.ts';
import type { ImageAction, ImageOptions } from './image-command.ts';
import { addImage } from './image-program.ts';
import { whole } from './option-values.ts';
import type { PlacesOptions } from './places-command.ts';
import { addPlaces } from './places-program.ts';
import { addRetry, type RetryOptions } from './retry-program.ts';
import { addScan, type ScanOptions } from './scan-program.ts';

export interface Actions {
  /** `given`: what was said on the command line, and is no default. */
  scan(
    mountPath: string | null,
    mountName: string | null,
    options: ScanOptions,
    given: ReadonlySet<string>,
  ): Promise<void>;
  retry(options: RetryOptions): Promise<void>;
  monitor(options: CommonOptions & { once: boolean }): Promise<void>;
  stats(
    options: CommonOptions & { mount?: string; top: number; certificate?: string | true; scans: number },
  ): Promise<void>;
  control(kind: Control['kind'], options: CommonOptions & ControlOptions): Promise<void>;
  hosts(action: HostsAction, options: CommonOptions): Promise<void>;
  image(action: ImageAction, options: ImageOptions): Promise<void>;
  shares(options: PlacesOptions): Promise<void>;
  ls(path: string, options: PlacesOptions): Promise<void>;
  cleanup(options: CommonOptions & { dryRun: boolean; yes: boolean }): Promise<void>;
  debug(options: DebugOptions): Promise<void>;
}

const CONTROLS: Readonly<
  Record<Control['kind'], { readonly description: string; readonly examples: readonly string[] }>
> = {
  pause: {
    description: 'Pause a running scan: its workers let go of the mount, so that an array can be stopped.',
    examples: ['pause', 'pause --mount Videos', 'pause --chunk 12'],
  },
  resume: {
    description: 'Let a paused scan, or a paused chunk of it, go on.',
    examples: ['resume', 'resume --mount Videos --chunk 12'],
  },
  stop: {
    description: 'End a running scan as Ctrl-C does: workers commit what they have. Or give up one chunk of it.',
    examples: ['stop', 'stop --mount Videos', 'stop --chunk 12'],
  },
};

/** Where help and what is wrong with the arguments go, each with its line's end. */
export interface ProgramOutput {
  writeOut(text: string): void;
  writeErr(text: string): void;
}

/** The command line, without doing anything. `CommanderError` with code `usage` is thrown for bad input. */
export function buildProgram(version: string, actions: Actions, output: Partial<ProgramOutput> = {}): Command {
  const program = new Command('smart-scanner')
    // Commands that are added take it over.
    .configureOutput(output)
    .description(
      'One trustworthy catalog of every file on a NAS: splits a share into chunks, scans each on its own, merges the results.',
    )
    .version(version)
    .showHelpAfterError('(see --help)')
    .exitOverride();
  // Also before the command: smart-scanner --host tower scan …
  for (const option of hostOptions()) program.addOption(option.hideHelp());
  addScan(program, actions);
  addRetry(program, actions);
  common(program.command('monitor'))
    .description('Watch the scans that run on this data directory.')
    .option('--once', 'show the state once and end', false)
    .addHelpText('after', '\nExamples:\n  smart-scanner monitor\n  smart-scanner monitor --once --json')
    .action(function (this: Command) {
      return actions.monitor(this.optsWithGlobals<Parameters<Actions['monitor']>[0]>());
    });
  common(program.command('stats'))
    .description('Totals by mount, type and age, the largest directories and files, past scans.')
    .option('--mount <name>', 'only this mount')
    .addOption(whole('--top <count>', 'rows in each list', 1, 10_000).default(10))
    .addOption(whole('--scans <count>', 'past scans to list', 1, 10_000).default(10))
    .option('--certificate [scan]', 'the coverage certificate of a scan (default: the latest) instead')
    .addHelpText(
      'after',
      '\nExamples:\n  smart-scanner stats\n  smart-scanner stats --mount Videos --top 25\n  smart-scanner stats --certificate',
    )
    .action(function (this: Command) {
      return actions.stats(this.optsWithGlobals<Parameters<Actions['stats']>[0]>());
    });
  for (const kind of ['pause', 'resume', 'stop'] as const) {
    common(program.command(kind))
      .description(CONTROLS[kind].description)
      .option('--mount <name>', 'which scan, where several run')
      .option('--scan <id>', 'which scan, by its id')
      .addOption(whole('--chunk <id>', 'only this chunk', 1, Number.MAX_SAFE_INTEGER))
      .addHelpText(
        'after',
        `\nExamples:\n${CONTROLS[kind].examples.map((line) => `  smart-scanner ${line}`).join('\n')}`,
      )
      .action(function (this: Command) {
        return actions.control(kind, this.optsWithGlobals<CommonOptions & ControlOptions>());
      });
  }
  addHosts(program, actions);
  addPlaces(program, actions);
  addImage(program, actions);
  common(program.command('cleanup'))
    .description('List and remove what ended scans left: containers, spool directories. Leaves running scans alone.')
    .option('--dry-run', 'only list', false)
    .option('--yes', 'remove without asking', false)
    .addHelpText('after', '\nExamples:\n  smart-scanner cleanup --dry-run\n  smart-scanner cleanup --yes')
    .action(function (this: Command) {
      return actions.cleanup(this.optsWithGlobals<Parameters<Actions['cleanup']>[0]>());
    });
  addDebug(program, actions);
  for (const command of program.commands.flatMap((one) => [one, ...one.commands])) {
    command.exitOverride().showHelpAfterError('(see --help)').configureHelp({ optionDescription: describe });
  }
  return program;
}

/** Whether commander only printed what was asked for (help, version). */
export function isHelp(error: CommanderError): boolean {
  return error.exitCode === 0;
}

/** As commander describes it, but for defaults that go without saying. */
function describe(option: Option): string {
  return new Help().optionDescription(option).replace(/ \(default: (?:false|\[\])\)$/u, '');
}
