import type { ReactNode } from 'react';
import { Button, Input, SearchField } from 'react-aria-components';
import { GREPS, LEVELS, type LevelFilter } from '../../words/log-words.ts';

export function LogFilters({
  level,
  setLevel,
  text,
  setText,
  isPattern,
  setPattern,
  problem,
  counted,
}: {
  readonly level: LevelFilter;
  readonly setLevel: (level: LevelFilter) => void;
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly isPattern: boolean;
  readonly setPattern: (isPattern: boolean) => void;
  readonly problem: string | null;
  readonly counted: string;
}): ReactNode {
  return (
    <div className="row wrap drawer-filters">
      <div className="segments" role="group" aria-label="Level">
        {(Object.keys(LEVELS) as LevelFilter[]).map((key) => (
          <Button key={key} className="segment" aria-pressed={level === key} onPress={() => setLevel(key)}>
            {LEVELS[key]}
          </Button>
        ))}
      </div>
      <SearchField
        className="log-search"
        aria-label="Find in the log"
        value={text}
        onChange={setText}
        isInvalid={problem !== null}
      >
        <Input className="input" placeholder="Find" spellCheck={false} />
      </SearchField>
      <Button
        className="button small"
        aria-pressed={isPattern}
        aria-label="Regular expression"
        onPress={() => setPattern(!isPattern)}
      >
        .*
      </Button>
      <div className="row wrap greps" role="group" aria-label="Find at once">
        {GREPS.map((grep) => (
          <Button
            key={grep}
            className="button small ghost"
            aria-pressed={text === grep}
            onPress={() => setText(text === grep ? '' : grep)}
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
