import { Option, type Command } from 'commander';
import { common, type CommonOptions } from './common-options.ts';
import type { Actions } from './program.ts';

export interface DebugOptions extends CommonOptions {
  scan: string;
  fix?: string;
  bundle?: string;
  hashPaths: boolean;
  mute?: string;
  unmute?: string;
}

/** `debug`: the doctor. */
export function addDebug(program: Command, actions: Actions): void {
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
      return actions.debug(this.optsWithGlobals<DebugOptions>());
    });
}
