import type { ReactNode } from 'react';
import { Button, Input, SearchField } from 'react-aria-components';
import { LEVELS, type LogFilter } from '../../../shared/log-view.ts';
import { GREPS, LEVEL_WORDS } from '../../words/log-words.ts';

/** Level, text or expression, and what people used to grep for. */
export function LogFilters({
  filter,
  set,
  problem,
  counted,
}: {
  readonly filter: LogFilter;
  readonly set: (filter: LogFilter) => void;
  readonly problem: string | null;
  readonly counted: string;
}): ReactNode {
  const { level, text, isPattern } = filter;
  return (
    <div className="row wrap drawer-filters">
      <div className="segments" role="group" aria-label="Level">
        {LEVELS.map((key) => (
          <Button
            key={key}
            className="segment"
            aria-pressed={level === key}
            onPress={() => set({ ...filter, level: key })}
          >
            {LEVEL_WORDS[key]}
          </Button>
        ))}
      </div>
      <SearchField
        className="log-search"
        aria-label="Find in the log"
        value={text}
        onChange={(next) => set({ ...filter, text: next })}
        isInvalid={problem !== null}
        maxLength={1_000}
      >
        <Input className="input" placeholder="Find" spellCheck={false} />
      </SearchField>
      <Button
        className="button small"
        aria-pressed={isPattern}
        aria-label="Regular expression"
        onPress={() => set({ ...filter, isPattern: !isPattern })}
      >
        .*
      </Button>
      <div className="row greps" role="group" aria-label="Find at once">
        {GREPS.map((grep) => (
          <Button
            key={grep}
            className="button small ghost"
            aria-pressed={text === grep}
            onPress={() => set({ ...filter, isPattern: false, text: text === grep ? '' : grep })}
          >
            {grep}
          </Button>
        ))}
      </div>
      <span className={problem === null ? 'muted small' : 'small tone-bad'} role="status">
        {problem ?? counted}
      </span>
    </div>
  );
}
