import { InvalidArgumentError, type Command } from 'commander';
import { common } from './common-options.ts';
import type { ImageOptions } from './image-command.ts';
import type { Actions } from './program.ts';

/** `image` and its own commands. */
export function addImage(program: Command, actions: Actions): void {
  const image = program
    .command('image')
    .description('The image of the workers on a host: look at it, build it, carry it to a NAS without internet.')
    .addHelpText(
      'after',
      `
Examples:
  smart-scanner --host tower image status
  smart-scanner --host tower image prepare
  smart-scanner image export smart-scanner.tar.gz
  smart-scanner --host tower image load smart-scanner.tar.gz`,
    );
  for (const kind of ['status', 'prepare'] as const) {
    named(common(image.command(kind)).description(DESCRIPTIONS[kind])).action(function (this: Command) {
      return actions.image({ kind }, this.optsWithGlobals<ImageOptions>());
    });
  }
  for (const kind of ['export', 'load'] as const) {
    named(
      common(image.command(kind)).description(DESCRIPTIONS[kind]).argument('<file>', 'on this computer', file),
    ).action(function (this: Command, path: string) {
      return actions.image({ kind, path }, this.optsWithGlobals<ImageOptions>());
    });
  }
}

const DESCRIPTIONS = {
  status: 'Is it there, and of which version?',
  prepare: 'Build it where it is missing or of another version.',
  export: 'Write it to a tar file, compressed where the name ends in .gz.',
  load: 'Bring such a file to a host, once its version and content are seen to fit.',
};

function named(command: Command): Command {
  return command.option('--image <name>', 'what the worker image is called');
}

function file(text: string): string {
  if (text === '' || text.includes('\0')) throw new InvalidArgumentError('The name of a file is wanted.');
  return text;
}
