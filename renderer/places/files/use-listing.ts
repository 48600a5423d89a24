import { useCallback, useEffect, useRef, useState } from 'react';
import { errorToJson, type ErrorJson } from '../../../shared/errors.ts';
import type { FileRow, Listing, Measure, Which } from '../../../shared/files.ts';
import type { RelativePath } from '../../../shared/names.ts';
import type { Plain } from '../../../shared/plain.ts';
import { useServices } from '../../store/services.ts';

const PAGE = 200;

export interface ListingQuery {
  readonly mountId: string;
  readonly which: Which;
  readonly path: RelativePath;
  readonly measure: Measure;
}

interface Shown {
  readonly key: string;
  /** null: not told yet. Of the first page: sums of the folder itself. */
  readonly head: Plain<Listing> | null;
  readonly pages: ReadonlyMap<number, readonly Plain<FileRow>[]>;
  readonly error: ErrorJson | null;
}

export interface ListingView {
  readonly head: Plain<Listing> | null;
  readonly error: ErrorJson | null;
  readonly row: (index: number) => Plain<FileRow> | undefined;
  readonly largest: Plain<FileRow> | undefined;
  /** These rows are seen: what is missing of them is asked for. */
  readonly seen: (first: number, last: number) => void;
  readonly again: () => void;
}

/** A folder of any size: only the pages that are seen are asked for. What was there stays until the new answer when `version` changes. */
export function useListing(query: ListingQuery, version: number): ListingView {
  const { transport } = useServices();
  const key = JSON.stringify(query);
  const [shown, show] = useState<Shown>({ key, head: null, pages: new Map(), error: null });
  const [times, setTimes] = useState(0);
  const asked = useRef<{ round: number; pages: Set<number> }>({ round: 0, pages: new Set() });
  const range = useRef({ first: 0, last: 0 });
  const newestKey = useRef('');
  const ask = useCallback(
    (page: number, round: number, isFirst: boolean): void => {
      asked.current.pages.add(page);
      transport
        .request('files.listing', { ...(JSON.parse(key) as ListingQuery), offset: page * PAGE, limit: PAGE })
        .then(
          (head) => {
            if (round !== asked.current.round) return;
            show((before) => {
              const pages = new Map(isFirst || before.key !== key ? [] : before.pages);
              return { key, head: { ...head, rows: [] }, pages: pages.set(page, head.rows), error: null };
            });
          },
          (error: unknown) => {
            if (round === asked.current.round) show({ key, head: null, pages: new Map(), error: errorToJson(error) });
          },
        )
        .catch(() => undefined);
    },
    [transport, key],
  );
  useEffect(() => {
    const round = asked.current.round + 1;
    asked.current = { round, pages: new Set() };
    // Another folder begins at its top; the same one, told anew, stays where it is.
    if (newestKey.current !== key) range.current = { first: 0, last: 0 };
    newestKey.current = key;
    const { first, last } = range.current;
    const pages = new Set([0, Math.floor(first / PAGE), Math.floor(last / PAGE)]);
    [...pages].forEach((page, index) => ask(page, round, index === 0));
  }, [ask, key, version, times]);
  const seen = useCallback(
    (first: number, last: number): void => {
      range.current = { first, last };
      for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page += 1)
        if (!asked.current.pages.has(page)) ask(page, asked.current.round, false);
    },
    [ask],
  );
  const again = useCallback(() => setTimes((before) => before + 1), []);
  const current = shown.key === key ? shown : null;
  const row = (index: number): Plain<FileRow> | undefined =>
    current?.pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  return { head: current?.head ?? null, error: current?.error ?? null, row, largest: row(0), seen, again };
}
