import { useCallback, useEffect, useRef, useState } from 'react';
import { errorToJson, type ErrorJson } from '../../../shared/errors.ts';
import type { FindCursor, FindQuery, FoundRow } from '../../../shared/files.ts';
import type { Plain } from '../../../shared/plain.ts';
import { useServices } from '../../store/services.ts';

const FIRST = 200;
const PAGE = 2_000;
/** Rows before the end of what is there at which more is asked for. */
const AHEAD = 600;

interface Shown {
  readonly key: string;
  readonly rows: readonly Plain<FoundRow>[];
  readonly next: FindCursor | null;
  readonly total: number | null;
  readonly error: ErrorJson | null;
  /** The first page is there. */
  readonly isThere: boolean;
}

export interface FindView extends Omit<Shown, 'key' | 'next'> {
  readonly hasMore: boolean;
  readonly seen: (first: number, last: number) => void;
  readonly again: () => void;
}

const nothing = { rows: [], next: null, total: null, error: null, isThere: false } as const;

/** A search, or a list of the largest, page after page as one scrolls. null asks nothing. A search ends when another one takes its place. */
export function useFind(list: string, query: FindQuery | null, version: number): FindView {
  const { transport } = useServices();
  const key = query === null ? '' : JSON.stringify(query);
  const [shown, show] = useState<Shown>({ key: '', ...nothing });
  const [times, setTimes] = useState(0);
  const round = useRef(0);
  const isAsking = useRef(false);
  const ask = useCallback(
    (after: FindCursor | null): void => {
      const mine = round.current;
      isAsking.current = true;
      transport
        .request('files.find', {
          list,
          query: JSON.parse(key) as FindQuery,
          after,
          limit: after === null ? FIRST : PAGE,
        })
        .then(
          (page) => {
            if (mine !== round.current) return;
            isAsking.current = false;
            show((before) => ({
              key,
              rows: after === null ? page.rows : [...before.rows, ...page.rows],
              next: page.next,
              total: after === null ? page.total : before.total,
              error: null,
              isThere: true,
            }));
          },
          (problem: unknown) => {
            if (mine !== round.current) return;
            isAsking.current = false;
            const error = errorToJson(problem);
            if (error.code !== 'INTERRUPTED') show((before) => ({ ...before, key, error }));
          },
        )
        .catch(() => undefined);
    },
    [transport, list, key],
  );
  useEffect(() => {
    round.current += 1;
    if (key !== '') ask(null);
  }, [ask, key, version, times]);
  const current = shown.key === key && key !== '' ? shown : { key, ...nothing };
  const { next, rows } = current;
  const seen = useCallback(
    (_first: number, last: number): void => {
      if (next !== null && !isAsking.current && last + AHEAD > rows.length) ask(next);
    },
    [ask, next, rows.length],
  );
  const again = useCallback(() => setTimes((before) => before + 1), []);
  return { ...current, hasMore: next !== null, seen, again };
}
