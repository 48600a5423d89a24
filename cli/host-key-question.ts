import type { HostKeyPolicy } from '../engine/connection/ssh/host-key.ts';
import { askYesNo, canAsk } from './question.ts';
import { safeText } from './text.ts';

/** `accepted`: from --accept-host-key. Without it a person at a terminal is asked, and nobody else is. */
export function hostKeyPolicy(accepted: string | null, json: boolean): HostKeyPolicy {
  return {
    accept: async ({ address, type, fingerprint }) => {
      if (accepted !== null) return accepted === fingerprint;
      if (!canAsk(json)) return false;
      return await askYesNo(
        `The host key of ${safeText(address)} has not been seen before:\n  ${safeText(type)} ${safeText(fingerprint)}\nIs it the right one?`,
      );
    },
  };
}
