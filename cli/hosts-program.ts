import type { Command } from 'commander';
import { common, type CommonOptions } from './common-options.ts';
import type { Actions } from './program.ts';

/** `hosts` and its own commands. */
export function addHosts(program: Command, actions: Actions): void {
  const hosts = program
    .command('hosts')
    .description('Machines to scan: list, add, test, remove them, choose the default.')
    .addHelpText(
      'after',
      `
Examples:
  smart-scanner hosts add tower ssh://root@tower.local
  smart-scanner hosts test tower
  smart-scanner --host tower scan /mnt/user/Videos Videos`,
    );
  common(hosts.command('list'))
    .description('The hosts that were added.')
    .action(function (this: Command) {
      return actions.hosts({ kind: 'list' }, this.optsWithGlobals<CommonOptions>());
    });
  common(hosts.command('add'))
    .description('Check a host step by step and remember it.')
    .argument('<name>', 'what to call it')
    .argument('<address>', 'ssh://user@machine, tcp://machine:port or unix:///path')
    .option('--unchecked', 'do not look whether it is there', false)
    .action(function (this: Command, name: string, address: string) {
      const options = this.optsWithGlobals<CommonOptions & { unchecked: boolean }>();
      return actions.hosts({ kind: 'add', name, address, unchecked: options.unchecked }, options);
    });
  common(hosts.command('test'))
    .description('Go the way to a host step by step: name, port, key, log-in, Docker, API, clock, image, space.')
    .argument('[host]', 'its name or address (default: the one that a scan would use)')
    .option('--all', 'every host that was added, all at once', false)
    .action(function (this: Command, host: string | undefined) {
      const options = this.optsWithGlobals<CommonOptions & { all: boolean }>();
      if (options.all && host !== undefined) this.error("error: '--all' goes without a host", { exitCode: 64 });
      return actions.hosts(options.all ? { kind: 'test-all' } : { kind: 'test', host: host ?? null }, options);
    });
  common(hosts.command('remove'))
    .description('Forget a host. Nothing on it is touched, unless --purge says so.')
    .argument('<name>')
    .option(
      '--purge',
      'first remove everything of ours there: containers, volumes, image, the key that was set up',
      false,
    )
    .option('--catalog', 'with --purge: also its inventories in the catalog here', false)
    .option('--yes', 'with --purge: without asking', false)
    .option('--dry-run', 'with --purge: only list', false)
    .action(function (this: Command, name: string) {
      const options = this.optsWithGlobals<
        CommonOptions & { purge: boolean; yes: boolean; dryRun: boolean; catalog: boolean }
      >();
      const { purge, yes, dryRun, catalog } = options;
      if (!purge && (yes || dryRun || catalog))
        this.error("error: options '--catalog', '--yes' and '--dry-run' go with '--purge'", { exitCode: 64 });
      return actions.hosts(purge ? { kind: 'purge', name, yes, dryRun, catalog } : { kind: 'remove', name }, options);
    });
  common(hosts.command('default'))
    .description('Show or choose the host that is used when none is named.')
    .argument('[name]')
    .option('--none', 'no default any more', false)
    .action(function (this: Command, name: string | undefined) {
      const options = this.optsWithGlobals<CommonOptions & { none: boolean }>();
      if (options.none && name !== undefined) this.error("error: '--none' goes without a host", { exitCode: 64 });
      return actions.hosts({ kind: 'default', name: name ?? null, none: options.none }, options);
    });
}
