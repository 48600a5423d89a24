import type { HostKeyOffer, HostKeyPolicy } from '../../engine/connection/ssh/host-key.ts';
import type { StateHub } from './state-hub.ts';

/** Asks the person in front of the window whether a host key that nobody has seen is the right one; one question at a time. */
export class KeyQuestions implements HostKeyPolicy {
  readonly #hub: StateHub;
  readonly #newId: () => string;
  readonly #ask: () => void;
  #answer: ((accepted: boolean) => void) | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  /** `ask`: brings the window to whoever is to answer. */
  constructor(hub: StateHub, newId: () => string, ask: () => void) {
    this.#hub = hub;
    this.#newId = newId;
    this.#ask = ask;
  }

  accept(offer: HostKeyOffer): Promise<boolean> {
    const asking = this.#turn.then(() => this.#put(offer));
    this.#turn = asking;
    return asking;
  }

  /** What was asked before, or by nobody, changes nothing. */
  answer(id: string, accepted: boolean): void {
    if (this.#hub.now.hostKeyQuestion?.id !== id) return;
    this.#hub.change({ hostKeyQuestion: null });
    this.#answer?.(accepted);
    this.#answer = null;
  }

  #put({ address, type, fingerprint }: HostKeyOffer): Promise<boolean> {
    const id = this.#newId();
    this.#hub.change({ hostKeyQuestion: { id, address, type, fingerprint } });
    this.#ask();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.answer(id, false), ANSWER_MS);
      this.#answer = (accepted) => {
        clearTimeout(timer);
        resolve(accepted);
      };
    });
  }
}

/** Whoever connects waits as long for the whole way. */
const ANSWER_MS = 110_000;
