import type { KeyAsker } from '../engine/app/hosts.ts';
import { ask, askSecret } from './question.ts';
import type { Terminal } from './terminal.ts';
import { safeText } from './text.ts';

/** Asks a person at the terminal how a key is to be set up. The password is shown nowhere, and kept nowhere. */
export function keyAsker(terminal: Terminal): KeyAsker {
  return {
    choose: async (address) => {
      terminal.err(`${safeText(address)} lets nobody in without a password yet. A key can be set up:`);
      terminal.err('  y  with the password, asked once and not kept');
      terminal.err('  p  print the line to paste there');
      const answer = (await ask('Set up a key? [y/p/N] '))?.trim().toLowerCase();
      return answer === 'y' || answer === 'yes' ? 'password' : answer === 'p' ? 'paste' : 'no';
    },
    password: (who) => askSecret(`Password of ${safeText(who)}: `),
    paste: async (line) => {
      terminal.err(
        'Add this line to ~/.ssh/authorized_keys there (on Unraid also to /boot/config/ssh/root/authorized_keys):',
      );
      terminal.err(safeText(line));
      const answer = await ask('Press Enter when it is there, or n to give up. ');
      return answer !== null && !/^n/iu.test(answer.trim());
    },
    installed: (files) => terminal.err(`The key stands in ${files.map(safeText).join(' and ')} there.`),
  };
}
