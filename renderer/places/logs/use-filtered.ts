import { useMemo, useRef } from 'react';
import { useLogs } from '../../store/services.ts';
import { lineFilter, type LevelFilter } from '../../words/log-words.ts';

interface Done {
  key: string;
  lines: string[];
  source: readonly string[];
  upTo: number;
}

/**
 * The lines that the filter lets through. Only new ones are looked at, as long as log and filter stay the same. A null key (a pattern that is
 * none) leaves what was shown.
 */
export function useFiltered(
  key: string | null,
  level: LevelFilter,
  text: string,
  isPattern: boolean,
): readonly string[] {
  const all = useLogs((logs) => logs.lines);
  const count = useLogs((logs) => logs.count);
  const done = useRef<Done>({ key: '', lines: [], source: [], upTo: 0 });
  return useMemo(() => {
    const filter = lineFilter(level, text, isPattern);
    if (key === null || !('matches' in filter)) return done.current.lines;
    const before = done.current;
    const isSame = before.key === key && before.source === all;
    const lines = isSame ? before.lines.slice() : [];
    for (let index = isSame ? before.upTo : 0; index < count; index += 1) {
      const line = all[index];
      if (line !== undefined && filter.matches(line)) lines.push(line);
    }
    done.current = { key, lines, source: all, upTo: count };
    return lines;
  }, [key, level, text, isPattern, all, count]);
}
