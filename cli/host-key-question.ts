import { createInterface } from 'node:readline/promises';
import type { HostKeyPolicy } from '../engine/connection/ssh/host-key.ts';
import { safeText } from './text.ts';

/** `accepted`: from --accept-host-key. Without it a person at a terminal is asked, and nobody else is. */
export function hostKeyPolicy(accepted: string | null, json: boolean): HostKeyPolicy {
  return {
    accept: async ({ address, type, fingerprint }) => {
      if (accepted !== null) return accepted === fingerprint;
      if (json || !process.stdin.isTTY || !process.stderr.isTTY) return false;
      const prompt = createInterface({ input: process.stdin, output: process.stderr });
      try {
        const answer = await prompt.question(
          `The host key of ${safeText(address)} has not been seen before:\n  ${safeText(type)} ${safeText(fingerprint)}\nIs it the right one? [y/N] `,
        );
        return /^y(es)?$/iu.test(answer.trim());
      } finally {
        prompt.close();
      }
    },
  };
}
