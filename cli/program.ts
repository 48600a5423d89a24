import type { CommanderError } from 'commander';
import type { Control } from '../engine/scan/scan-control.ts';
import { Command, Help, InvalidArgumentError, Option } from 'commander';
import { common, hostOptions, type CommonOptions } from './common-options.ts';
import type { HostsAction } from './hosts-command.ts';
import { addHosts } from './hosts-program.ts';
import type { ImageAction, ImageOptions } from './image-command.ts';
import { addImage } from './image-program.ts';
import type { PlacesOptions } from './places-command.ts';
import { addPlaces } from './places-program.ts';
import { LIMITS, LoadSchema, YieldToSchema, type LoadName, type YieldTo } from '../shared/settings.ts';
import { parseDuration, parseInteger, parseNumber, parseSize, type Parsed } from '../shared/units.ts';
import { parseWindow, type Window } from '../shared/window.ts';
import type { ControlOptions } from './control-command.ts';

export interface ScanOptions extends CommonOptions {
  chunkSize: number;
  chunkFiles: number;
  maxContainers?: number;
  fastStart: boolean;
  measure: boolean;
  analysisTimeout: number;
  image?: string;
  cpus: number;
  memory: number;
  threads?: number;
  retries: number;
  runtime: 'auto' | 'docker' | 'process';
  exclude: string[];
  excludePreset: string[];
  crossFilesystems: boolean;
  keepScans: number;
  publish: boolean;
  planOnly: boolean;
  quiet: boolean;
  resume: boolean;
  takeOver: boolean;
  stallTimeout: number;
  healthInterval: number;
  window?: Window;
  yieldTo: YieldTo[];
  /** ms. */
  pauseTimeout?: number;
  load: LoadName;
}

export interface RetryOptions extends CommonOptions {
  chunk?: number;
  failed: boolean;
  quarantined: boolean;
  scan: string;
  mount?: string;
  maxContainers?: number;
  retries?: number;
  stallTimeout?: number;
  runtime?: 'auto' | 'docker' | 'process';
  quiet: boolean;
}

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
  debug(
    options: CommonOptions & {
      scan: string;
      fix?: string;
      bundle?: string;
      hashPaths: boolean;
      mute?: string;
      unmute?: string;
    },
  ): Promise<void>;
}

/** A year: longer than any disk is waited for. */
const MAX_PAUSE_MS = 365 * 86_400_000;

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

/** The command line, without doing anything. `CommanderError` with code `usage` is thrown for bad input. */
export function buildProgram(version: string, actions: Actions): Command {
  const program = new Command('smart-scanner')
    .description(
      'One trustworthy catalog of every file on a NAS: splits a share into chunks, scans each on its own, merges the results.',
    )
    .version(version)
    .showHelpAfterError('(see --help)')
    .exitOverride();
  // Also before the command: smart-scanner --host tower scan …
  for (const option of hostOptions()) program.addOption(option.hideHelp());
  common(program.command('scan'))
    .description('Inventory a mount point: plan, scan chunk by chunk, merge, certify.')
    .argument('[mount_path]', 'directory to inventory, on the machine that Docker runs on', mountPath)
    .argument('[mount_name]', 'what to call it, unique on that machine', mountName)
    .addOption(
      new Option('--chunk-size <size>', 'largest chunk, in GB or with a unit: 100, 50GB, 500MiB')
        .argParser(sized)
        .default(LIMITS.chunkBytesDefault, '100'),
    )
    .addOption(
      whole('--chunk-files <count>', 'most entries in a chunk', 1, 1_000_000_000).default(LIMITS.chunkEntriesDefault),
    )
    .addOption(
      whole(
        '--max-containers <count>',
        'most workers at a time (8 in Docker, one a processor as processes)',
        LIMITS.maxContainers.min,
        LIMITS.maxContainers.max,
      ),
    )
    .addOption(
      new Option('--fast-start', 'start scanning at once, measure nothing').default(false).conflicts('measure'),
    )
    .option('--measure', 'measure first, also where a published scan has sizes', false)
    .addOption(
      whole('--analysis-timeout <seconds>', 'end measuring after this', 1, 604_800).default(
        LIMITS.analysisTimeoutSeconds,
      ),
    )
    .option('--image <name>', 'what the worker image is called; built under that name if it is missing')
    .addOption(
      new Option('--load <how>', 'how much of the machine a scan may take')
        .choices(LoadSchema.options)
        .default('balanced'),
    )
    .addOption(
      decimal('--cpus <count>', 'CPUs a worker may use, at most what the host has', 0.01, 1024).default(LIMITS.cpus),
    )
    .addOption(
      new Option('--memory <size>', 'memory a worker may use, in GB or with a unit')
        .argParser(sized)
        .default(LIMITS.memoryBytes, '12'),
    )
    .addOption(whole('--threads <count>', 'walker threads in a worker', 1, 64))
    .addOption(whole('--retries <count>', 'more tries for a chunk that failed', 0, 100).default(LIMITS.retries))
    .addOption(
      new Option('--runtime <kind>', 'what runs the workers').choices(['auto', 'docker', 'process']).default('auto'),
    )
    .option('--exclude <pattern>', 'leave out what matches (gitignore syntax, repeatable)', collect, [])
    .addOption(
      new Option('--exclude-preset <name>', 'leave out the litter of NAS systems')
        .choices(['nas'])
        .argParser(preset)
        .default([], 'none'),
    )
    .option('--cross-filesystems', 'enter other file systems mounted below', false)
    .addOption(whole('--keep-scans <count>', 'published scans to keep whole', 1, 1000).default(LIMITS.keepScans))
    .option('--publish', 'replace the inventory even if the scan was interrupted, empty or much smaller', false)
    .option('--plan-only', 'print the plan and scan nothing', false)
    .option('--resume', 'go on with a scan that was not finished (the newest, or of the mount that is named)', false)
    .option('--take-over', 'make whoever scans this mount stop, and go on with its scan or start one', false)
    .addOption(
      whole('--stall-timeout <seconds>', 'give up a call that has not returned for so long', 1, 604_800).default(
        LIMITS.stallTimeoutMs / 1000,
      ),
    )
    .addOption(
      whole('--health-interval <seconds>', 'time between HEALTH CHECK lines in the log', 1, 86_400).default(
        LIMITS.healthIntervalMs / 1000,
      ),
    )
    .addOption(
      new Option('--window <hours>', "pause outside these hours of the host's time: 01:00-07:00").argParser(window),
    )
    .addOption(
      new Option('--yield-to <names>', 'pause while these run: parity, mover (Unraid)')
        .argParser(yieldTo)
        .default([], 'none'),
    )
    .addOption(
      new Option(
        '--pause-timeout <time>',
        'give up after a disk was full or gone for so long, in hours or with a unit: 24, 90m (default: 24, with --json 10m)',
      ).argParser(duration),
    )
    .option('--quiet', 'only the summary and errors', false)
    .addHelpText(
      'after',
      `
Examples:
  smart-scanner scan ~/Pictures Pictures
  smart-scanner scan /mnt/user/Videos Videos --chunk-size 50GB --max-containers 4
  smart-scanner scan /mnt/user/Backup Backup --fast-start --exclude '*.tmp' --exclude-preset nas
  smart-scanner scan /mnt/user/Videos Videos --plan-only --json
  smart-scanner scan --resume
  smart-scanner scan /mnt/user/Videos Videos --take-over

Exit status: 0 all covered, 2 finished with gaps, 3 could not start, 64 usage, 130 interrupted.`,
    )
    .action(function (this: Command, path: string | undefined, name: string | undefined) {
      const options = this.optsWithGlobals<ScanOptions>();
      if (!options.resume && path === undefined)
        this.error("error: missing required argument 'mount_path'", { exitCode: 64 });
      if (!options.resume && name === undefined)
        this.error("error: missing required argument 'mount_name'", { exitCode: 64 });
      if (options.resume && options.planOnly)
        this.error("error: option '--plan-only' cannot be used with option '--resume'");
      if (options.takeOver && options.planOnly)
        this.error("error: option '--plan-only' cannot be used with option '--take-over'");
      if (options.resume && path !== undefined && name === undefined)
        this.error("error: with '--resume' name both, or none: mount_path and mount_name");
      const given = new Set(
        this.options.map((option) => option.attributeName()).filter((key) => this.getOptionValueSource(key) === 'cli'),
      );
      return actions.scan(path ?? null, name ?? null, options, given);
    });
  common(program.command('retry'))
    .description('Try parts of a closed scan again, and close it anew: after a disk was repaired, a permission given.')
    .addOption(whole('--chunk <number>', 'this chunk, and what was made of what it left', 1, 1_000_000_000))
    .option('--failed', 'every chunk and directory that failed', false)
    .option('--quarantined', 'directories that were set aside, each alone, once', false)
    .option('--scan <id>', 'which scan', 'latest')
    .option('--mount <name>', 'the latest scan of this mount')
    .addOption(
      whole('--max-containers <count>', 'most workers at a time', LIMITS.maxContainers.min, LIMITS.maxContainers.max),
    )
    .addOption(whole('--retries <count>', 'more tries for a chunk that failed', 0, 100))
    .addOption(whole('--stall-timeout <seconds>', 'give up a call that has not returned for so long', 1, 604_800))
    .addOption(new Option('--runtime <kind>', 'what runs the workers').choices(['auto', 'docker', 'process']))
    .option('--quiet', 'only the summary and errors', false)
    .addHelpText(
      'after',
      `
Examples:
  smart-scanner retry --failed
  smart-scanner retry --quarantined --mount Videos
  smart-scanner retry --chunk 17

What is not said anew is as it was for the scan.
Exit status: 0 all covered, 2 finished with gaps, 3 could not start, 64 usage or nothing to retry, 130 interrupted.`,
    )
    .action(function (this: Command) {
      const options = this.optsWithGlobals<RetryOptions>();
      const asked = [options.chunk !== undefined, options.failed, options.quarantined].filter(Boolean).length;
      if (asked !== 1)
        this.error("error: one of '--chunk <number>', '--failed' and '--quarantined' is needed", { exitCode: 64 });
      return actions.retry(options);
    });
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
  common(program.command('debug'))
    .description('Look for what is wrong, say why, and what to do: also on a data directory of the original scanner.')
    .option('--scan <id>', 'the scan to look at, or latest', 'latest')
    .addOption(new Option('--fix <id>', 'apply this fix, then look again').conflicts(['bundle', 'mute', 'unmute']))
    .addOption(new Option('--mute <key>', 'leave this finding out from now on').conflicts(['bundle', 'unmute']))
    .addOption(new Option('--unmute <key>', 'tell it again').conflicts('bundle'))
    .option('--bundle <file>', 'save logs, certificate, plan and findings as a zip, without names and secrets')
    .option('--hash-paths', 'in the bundle, hide the names of files and directories too', false)
    .addHelpText(
      'after',
      `
Examples:
  smart-scanner debug
  smart-scanner debug --data-dir /mnt/user/appdata/nas-scanner
  smart-scanner debug --fix remove-leftovers
  smart-scanner debug --bundle smart-scanner.zip

Exit status: 0 no problem found, 1 problems found, 64 usage, 130 interrupted.`,
    )
    .action(function (this: Command) {
      return actions.debug(this.optsWithGlobals<Parameters<Actions['debug']>[0]>());
    });
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

function whole(flags: string, description: string, min: number, max: number): Option {
  return new Option(flags, `${description} (${min}-${max})`).argParser((text) =>
    valid(parseInteger(text, { min, max })),
  );
}

function decimal(flags: string, description: string, min: number, max: number): Option {
  return new Option(flags, `${description} (${min}-${max})`).argParser((text) =>
    valid(parseNumber(text, { min, max })),
  );
}

function window(text: string): Window {
  const parsed = parseWindow(text);
  if (parsed.ok) return parsed.value;
  throw new InvalidArgumentError(parsed.reason);
}

function yieldTo(text: string, before: readonly YieldTo[]): YieldTo[] {
  const names = text.split(',').map((name) => name.trim());
  const known = names.flatMap((name) => YieldToSchema.options.filter((option) => option === name));
  if (known.length < names.length)
    throw new InvalidArgumentError(`Allowed are ${YieldToSchema.options.join(' and ')}, e.g. parity,mover.`);
  return [...new Set([...before, ...known])];
}

function duration(text: string): number {
  return valid(parseDuration(text, { min: 1_000, max: MAX_PAUSE_MS }));
}

function sized(text: string): number {
  return valid(parseSize(text));
}

function valid(parsed: Parsed): number {
  if (parsed.ok) return parsed.value;
  throw new InvalidArgumentError(parsed.reason);
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

function preset(value: string, before: string[] | undefined): string[] {
  if (value !== 'nas') throw new InvalidArgumentError('Allowed choices are nas.');
  return [...(before ?? []), value];
}

/** An unset variable in a script must not become the working directory. */
function mountPath(text: string): string {
  if (text === '' || text.includes('\0')) throw new InvalidArgumentError('The path of a directory is wanted.');
  return text;
}

function mountName(text: string): string {
  if (text.trim() === '' || text.length > 200 || /\p{Cc}/u.test(text)) {
    throw new InvalidArgumentError('A mount name has 1 to 200 characters and no control characters.');
  }
  return text;
}
