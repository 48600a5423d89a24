import { InvalidArgumentError, Option, type Command } from 'commander';
import { common, type CommonOptions } from './common-options.ts';
import { valid, whole } from './option-values.ts';
import type { Actions } from './program.ts';
import { LIMITS, LoadSchema, YieldToSchema, type LoadName, type YieldTo } from '../shared/settings.ts';
import { parseDuration, parseNumber, parseSize } from '../shared/units.ts';
import { parseWindow, type Window } from '../shared/window.ts';

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

/** A year: longer than any disk is waited for. */
const MAX_PAUSE_MS = 365 * 86_400_000;

/** `scan`: a mount point becomes an inventory. */
export function addScan(program: Command, actions: Actions): void {
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
