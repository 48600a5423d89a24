import { Option, type Command } from 'commander';
import { common, type CommonOptions } from './common-options.ts';
import { whole } from './option-values.ts';
import type { Actions } from './program.ts';
import { LIMITS } from '../shared/settings.ts';

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

/** `retry`: parts of a closed scan once more. */
export function addRetry(program: Command, actions: Actions): void {
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
        this.error("error: one of '--chunk <number>', '--failed' and '--quarantined' is needed, and only one of them", {
          exitCode: 64,
        });
      return actions.retry(options);
    });
}
