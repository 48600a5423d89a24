import { createStore, type StoreApi } from 'zustand/vanilla';
import { errorToJson, type ErrorJson } from '../../shared/errors.ts';
import type { LogSource } from '../../shared/ipc.ts';
import { NO_FILTER, type LogFilter, type LogLine, type LogStatus } from '../../shared/log-view.ts';
import type { Transport } from '../transport/transport.ts';

/** Lines that are asked for at once. */
const PAGE = 200;
/** Pages that are kept: some 20,000 lines, so that scrolling back is free. */
const MOST_PAGES = 100;

export interface LogStore {
  readonly source: LogSource | null;
  readonly path: string | null;
  readonly filter: LogFilter;
  /** null: nothing is known yet. */
  readonly status: LogStatus | null;
  /** Grows when lines came that were asked for. */
  readonly loaded: number;
  readonly error: ErrorJson | null;
  /** Grows with each log that is opened. */
  readonly opened: number;
  /** `filter`: what is looked for in it; else what was looked for before, unless another log was opened with it. */
  readonly open: (source: LogSource, filter?: LogFilter) => void;
  readonly setFilter: (filter: LogFilter) => void;
  /** A line that is shown; undefined: not here yet. */
  readonly line: (position: number) => LogLine | undefined;
  /** These lines are seen: what is missing of them is asked for. */
  readonly seen: (first: number, last: number) => void;
  /** Position of the next (last) problem; null: there is none. */
  readonly problem: (from: number, forward: boolean) => Promise<number | null>;
  readonly stream: () => number | null;
  readonly close: () => void;
}

interface Page {
  lines: readonly LogLine[];
  isAsked: boolean;
}

/** The log that the drawer shows: its lines stay with the app, and come in pages as they are seen. Opening another one ends the one before. */
export function createLogStore(transport: Transport): StoreApi<LogStore> {
  let stream: number | null = null;
  let wanted = 0;
  /** What whoever opened the log looks for in it: the lines of one chunk. */
  let given: LogFilter | null = null;
  const pages = new Map<number, Page>();
  const empty = { path: null, status: null, loaded: 0, error: null };
  const store = createStore<LogStore>((set, get) => {
    const fail = (problem: unknown): void => {
      const error = errorToJson(problem);
      if (error.code !== 'INTERRUPTED') set({ error });
    };
    const ask = (number: number): void => {
      if (stream === null) return;
      const mine = stream;
      const generation = get().status?.generation;
      const page = pages.get(number) ?? { lines: [], isAsked: false };
      if (page.isAsked) return;
      page.isAsked = true;
      pages.delete(number);
      pages.set(number, page);
      transport
        .request('log.lines', { stream: mine, from: number * PAGE, count: PAGE })
        .then((lines) => {
          page.isAsked = false;
          if (mine !== stream || generation !== get().status?.generation || pages.get(number) !== page) return;
          page.lines = lines;
          for (const oldest of pages.keys()) if (pages.size > MOST_PAGES) pages.delete(oldest);
          set({ loaded: get().loaded + 1 });
        })
        .catch((problem: unknown) => {
          page.isAsked = false;
          fail(problem);
        });
    };
    return {
      source: null,
      filter: NO_FILTER,
      opened: 0,
      ...empty,
      open: (source, looked) => {
        // What was looked for in one log on behalf of a chunk is not in another; what a person typed is kept.
        const isOther = JSON.stringify(source) !== JSON.stringify(get().source);
        const before = isOther && get().filter === given ? NO_FILTER : get().filter;
        const filter = looked ?? before;
        if (looked !== undefined || isOther) given = looked ?? null;
        wanted += 1;
        const mine = wanted;
        stream = null;
        pages.clear();
        set({ source, filter, opened: wanted, ...empty });
        transport.request('log.open', { source, filter }).then(
          (reply) => {
            if (mine !== wanted) return;
            stream = reply.stream;
            set({ path: reply.path });
            // Typed while it was being opened.
            if (get().filter !== filter) get().setFilter(get().filter);
          },
          (error: unknown) => (mine === wanted ? set({ error: errorToJson(error) }) : undefined),
        );
      },
      setFilter: (filter) => {
        set({ filter, error: null });
        if (stream !== null) transport.request('log.filter', { stream, filter }).catch(fail);
      },
      line: (position) => pages.get(Math.floor(position / PAGE))?.lines[position % PAGE],
      seen: (first, last) => {
        const shown = get().status?.shown ?? 0;
        for (let number = Math.floor(first / PAGE); number * PAGE <= Math.min(last, shown - 1); number += 1) {
          const has = pages.get(number)?.lines.length ?? 0;
          if (has < Math.min(PAGE, shown - number * PAGE)) ask(number);
        }
      },
      problem: async (from, forward) => {
        if (stream === null) return null;
        return (await transport.request('log.problem', { stream, from, forward })).position;
      },
      stream: () => stream,
      close: () => {
        wanted += 1;
        if (stream !== null) transport.request('log.close', { stream }).catch(() => undefined);
        stream = null;
        pages.clear();
        set({ source: null, filter: NO_FILTER, ...empty });
      },
    };
  });
  transport.on('log', ({ stream: of, status }) => {
    // The first status may come before the answer that names its stream.
    if (stream !== null ? of !== stream : store.getState().source === null) return;
    if (status.generation !== store.getState().status?.generation) pages.clear();
    store.setState({ status });
  });
  return store;
}
