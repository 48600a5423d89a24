import { fork, type ChildProcess } from 'node:child_process';
import { SmartScannerError } from '../../shared/errors.ts';
import { NO_FILTER, type LogFilter, type LogStatus } from '../../shared/log-view.ts';
import type { LogSection } from './log-filter.ts';
import type { ViewerApi, ViewerMessage } from './viewer-protocol.ts';

/** An expression that says nothing for so long takes too long: one step of it is some 10 ms of reading. */
const MATCH_MS = 2_000;
const ANSWER_MS = 10_000;
const SAVE_MS = 300_000;
/** A process that ends by itself so often won't do better the next time. */
const MAX_ENDS = 3;
const TOO_SLOW = 'This expression takes too long on this log, and was stopped.';

export interface ViewerOptions {
  /** dist/logs.mjs */
  readonly bundle: string;
  readonly nodePath: string;
  readonly path: string;
  readonly section: LogSection | null;
  readonly filter: LogFilter;
  readonly onStatus: (status: LogStatus) => void;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** A log that somebody looks at. It is read by a process of its own, which is replaced where it hangs. */
export class LogViewer {
  readonly #options: ViewerOptions;
  #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #isClosed = false;
  #ends = 0;
  #matching: NodeJS.Timeout | null = null;
  /** Why the filter that was wanted last is not in force. */
  #problem: string | null = null;
  #isPattern: boolean;
  /** Of processes before this one. */
  #generations = 0;
  #lastGeneration = 0;

  constructor(options: ViewerOptions) {
    this.#options = options;
    this.#isPattern = options.filter.isPattern && options.filter.text !== '';
    this.#child = this.#start(options.filter);
  }

  async filter(filter: LogFilter): Promise<void> {
    this.#problem = null;
    this.#isPattern = filter.isPattern && filter.text !== '';
    await this.ask('filter', filter);
  }

  ask<K extends keyof ViewerApi>(method: K, request: ViewerApi[K]['request']): Promise<ViewerApi[K]['reply']> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) {
        reject(gone());
        return;
      }
      const id = this.#next;
      this.#next += 1;
      // What hangs is an expression: that is looked after, also where it is looked for in lines that it has let through.
      const why = method === 'lines' && this.#isPattern ? TOO_SLOW : null;
      const timer = setTimeout(() => this.#again(why), method === 'save' ? SAVE_MS : ANSWER_MS);
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject, timer });
      this.#child.send({ id, method, request }, (error) => {
        if (error !== null) this.#forget(id)?.reject(gone());
      });
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#end();
  }

  #start(filter: LogFilter): ChildProcess {
    const child = fork(this.#options.bundle, [], {
      execPath: this.#options.nodePath,
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      detached: true,
    });
    child.on('message', (message: ViewerMessage) => {
      if (child === this.#child) this.#heard(message);
    });
    const ended = (): void => {
      if (child !== this.#child || this.#isClosed) return;
      this.#ends += 1;
      if (this.#ends <= MAX_ENDS) this.#again(null);
    };
    child.on('error', ended);
    child.on('exit', ended);
    this.#child = child;
    const { path, section } = this.#options;
    this.ask('open', { path, section, filter }).catch(() => undefined);
    return child;
  }

  #heard(message: ViewerMessage): void {
    this.#quiet();
    if (message.type === 'status') {
      if (message.isMatching) this.#matching = setTimeout(() => this.#again(TOO_SLOW), MATCH_MS);
      this.#lastGeneration = message.status.generation;
      const filterProblem = message.status.filterProblem ?? this.#problem;
      const generation = this.#generations + message.status.generation;
      this.#options.onStatus({ ...message.status, filterProblem, generation });
      return;
    }
    const call = this.#forget(message.id);
    if (message.type === 'reply') call?.resolve(message.value);
    else
      call?.reject(
        new SmartScannerError('EXPORT_FAILED', `The log can't be written there: ${message.message}.`, {
          hint: 'Choose another place.',
        }),
      );
  }

  /** A new process, without a filter, in the place of this one. */
  #again(problem: string | null): void {
    this.#end();
    this.#problem = problem;
    this.#isPattern = false;
    this.#generations += this.#lastGeneration;
    if (!this.#isClosed) this.#start(NO_FILTER);
  }

  #end(): void {
    this.#quiet();
    const child = this.#child;
    for (const id of [...this.#waiting.keys()]) this.#forget(id)?.reject(gone());
    child.removeAllListeners('exit');
    child.kill('SIGKILL');
  }

  #quiet(): void {
    if (this.#matching !== null) clearTimeout(this.#matching);
    this.#matching = null;
  }

  #forget(id: number): Waiting | undefined {
    const call = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (call !== undefined) clearTimeout(call.timer);
    return call;
  }
}

function gone(): SmartScannerError {
  return new SmartScannerError('INTERRUPTED', 'This log is not shown any more.');
}
