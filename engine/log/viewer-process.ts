import { closeSync, openSync, watch, writeSync, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import { LogIndex } from './log-index.ts';
import type { ViewerApi, ViewerMessage, ViewerRequest } from './viewer-protocol.ts';

/** Ten a second at most. */
const STATUS_MS = 100;
/** File systems without events are looked at this often. */
const LOOK_MS = 2_000;
const SAVE_LINES = 2_000;

/**
 * Reads one log: a process of its own, so that a million lines, or an expression that never ends, hold up neither the window nor the app. It ends
 * with its parent.
 */
let index: LogIndex | null = null;
let watcher: FSWatcher | null = null;
let isWorking = false;
let saidAtMs = 0;

const handlers: { readonly [K in keyof ViewerApi]: (request: ViewerApi[K]['request']) => ViewerApi[K]['reply'] } = {
  open: ({ path, section, filter }) => {
    index = new LogIndex(path, section);
    index.filter(filter);
    follow(path);
    work();
    return null;
  },
  filter: (filter) => {
    index?.filter(filter);
    say(false);
    work();
    return null;
  },
  lines: ({ from, count }) => index?.lines(from, count) ?? [],
  problem: ({ from, forward }) => index?.problem(from, forward) ?? null,
  text: ({ from, to, maxCharacters }) => {
    let text = '';
    let lines = 0;
    for (const line of index?.text(from, to) ?? []) {
      if (text.length + line.length > maxCharacters) break;
      text += `${line}\n`;
      lines += 1;
    }
    return { text, lines };
  },
  save: ({ path }) => {
    const fd = openSync(path, 'w');
    let lines = 0;
    try {
      let some: string[] = [];
      for (const line of index?.text(0, Number.MAX_SAFE_INTEGER) ?? []) {
        some.push(`${line}\n`);
        lines += 1;
        if (some.length < SAVE_LINES) continue;
        writeSync(fd, some.join(''));
        some = [];
      }
      writeSync(fd, some.join(''));
      return lines;
    } finally {
      closeSync(fd);
    }
  },
};

process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('message', ({ id, method, request }: ViewerRequest) => {
  try {
    send({ type: 'reply', id, value: call(method, request) });
  } catch (error) {
    send({ type: 'failed', id, message: error instanceof Error ? error.message : String(error) });
  }
});

function call<K extends keyof ViewerApi>(method: K, request: unknown): ViewerApi[K]['reply'] {
  return handlers[method](request as ViewerApi[K]['request']);
}

/** Step after step, with room for requests between them. */
function work(): void {
  if (isWorking || index === null) return;
  isWorking = true;
  const next = (): void => {
    const isMatching = index?.isPattern === true;
    if (isMatching) say(true);
    if (index?.step() === true) {
      if (!isMatching && performance.now() - saidAtMs > STATUS_MS) say(false);
      setImmediate(next);
      return;
    }
    isWorking = false;
    say(false, true);
  };
  setImmediate(next);
}

function say(isMatching: boolean, caughtUp = false): void {
  if (index === null) return;
  saidAtMs = performance.now();
  send({ type: 'status', status: index.status(caughtUp), isMatching });
}

function follow(path: string): void {
  watcher?.close();
  try {
    watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
      if (name === null || name === basename(path)) work();
    });
    watcher.on('error', () => watcher?.close());
  } catch {
    // A folder that isn't there yet: looked at below.
    watcher = null;
  }
  setInterval(work, LOOK_MS).unref();
}

function send(message: ViewerMessage): void {
  process.send?.(message, undefined, undefined, () => undefined);
}
