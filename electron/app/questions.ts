import { AsyncLocalStorage } from 'node:async_hooks';
import type { KeyAsker } from '../../engine/app/hosts.ts';
import type { SecretQuestion } from '../../engine/connection/secrets.ts';
import type { HostKeyOffer, HostKeyPolicy } from '../../engine/connection/ssh/host-key.ts';
import type { HostQuestion, HostQuestionText } from '../../shared/hosts.ts';
import type { StateHub } from './state-hub.ts';

/** Whoever connects waits as long for the whole way. */
const ANSWER_MS = 110_000;
/** A line is to be carried to another machine meanwhile. */
const PASTE_MS = 540_000;

export type QuestionAnswer = boolean | string | null;

/** Asks the person in front of the window what a way to a host needs to know; one question at a time. Answers are kept nowhere here. */
export class Questions implements HostKeyPolicy {
  readonly #hub: StateHub;
  readonly #newId: () => string;
  readonly #ask: () => void;
  readonly #quiet = new AsyncLocalStorage<boolean>();
  #answer: ((answer: QuestionAnswer) => void) | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  /** `ask`: brings the window to whoever is to answer. */
  constructor(hub: StateHub, newId: () => string, ask: () => void) {
    this.#hub = hub;
    this.#newId = newId;
    this.#ask = ask;
  }

  /** Whatever `work` has to ask is answered by nobody: it was not begun by a person who waits for it. */
  quietly<T>(work: () => Promise<T>): Promise<T> {
    return this.#quiet.run(true, work);
  }

  /** A host key that nobody has seen: whether it is the right one. */
  async accept({ address, type, fingerprint }: HostKeyOffer): Promise<boolean> {
    return (await this.#next({ kind: 'host-key', address, type, fingerprint })) === true;
  }

  /** null: given up. `isKept`: what is right is kept for the next time. */
  async passphrase({ kind, path }: SecretQuestion, isKept: boolean): Promise<string | null> {
    return textOf(await this.#next({ kind: 'passphrase', of: kind, path, isKept }));
  }

  /** How a person has a key set up on a host. */
  readonly keys: KeyAsker = {
    choose: async (address) => {
      const answer = await this.#next({ kind: 'key-setup', address });
      return answer === 'password' || answer === 'paste' ? answer : 'no';
    },
    password: async (who) => textOf(await this.#next({ kind: 'password', who })),
    paste: async (line) => (await this.#next({ kind: 'paste', line }, PASTE_MS)) === true,
    installed: () => undefined,
  };

  /** What was asked before, or by nobody, changes nothing. */
  answer(id: string, answer: QuestionAnswer): void {
    if (this.#hub.now.question?.id !== id) return;
    this.#hub.change({ question: null });
    this.#answer?.(answer);
    this.#answer = null;
  }

  #next(question: HostQuestionText, ms = ANSWER_MS): Promise<QuestionAnswer> {
    if (this.#quiet.getStore() === true) return Promise.resolve(null);
    const asking = this.#turn.then(() => this.#put(question, ms));
    this.#turn = asking;
    return asking;
  }

  #put(question: HostQuestionText, ms: number): Promise<QuestionAnswer> {
    const id = this.#newId();
    this.#hub.change({ question: { id, ...question } satisfies HostQuestion });
    this.#ask();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.answer(id, null), ms);
      this.#answer = (answer) => {
        clearTimeout(timer);
        resolve(answer);
      };
    });
  }
}

function textOf(answer: QuestionAnswer): string | null {
  return typeof answer === 'string' && answer !== '' ? answer : null;
}
