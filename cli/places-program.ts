import { InvalidArgumentError, Option, type Command } from 'commander';
import { common } from './common-options.ts';
import type { PlacesOptions } from './places-command.ts';
import type { Actions } from './program.ts';

const RUNTIMES = ['auto', 'docker', 'process'];

/** `shares` and `ls`: what there is to scan on a host. */
export function addPlaces(program: Command, actions: Actions): void {
  common(program.command('shares'))
    .description(
      'What can be scanned on a host: shares, disks and pools of a NAS, with their file system and free space.',
    )
    .addOption(runtime())
    .addHelpText('after', '\nExamples:\n  smart-scanner shares\n  smart-scanner --host tower shares')
    .action(function (this: Command) {
      return actions.shares(this.optsWithGlobals<PlacesOptions>());
    });
  common(program.command('ls'))
    .description('List a directory of a host, as a worker there sees it.')
    .argument('<path>', 'absolute, on that host', absolute)
    .addOption(runtime())
    .addHelpText('after', '\nExamples:\n  smart-scanner ls /mnt/user\n  smart-scanner --host tower ls /mnt/user/Videos')
    .action(function (this: Command, path: string) {
      return actions.ls(path, this.optsWithGlobals<PlacesOptions>());
    });
}

function runtime(): Option {
  return new Option('--runtime <kind>', 'what looks: a container, or a process of this computer')
    .choices(RUNTIMES)
    .default('auto');
}

function absolute(text: string): string {
  if (!/^(?:\/|[a-z]:[\\/])/iu.test(text) || text.includes('\0'))
    throw new InvalidArgumentError('An absolute path is wanted, such as /mnt/user.');
  return text;
}
