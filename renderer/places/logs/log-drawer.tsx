import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { NO_FILTER, type LogFilter } from '../../../shared/log-view.ts';
import { formatCount } from '../../../shared/units.ts';
import { Empty } from '../../parts/bits.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useSettled } from '../../parts/use-settled.ts';
import { useLogs, useNavigation, useServices } from '../../store/services.ts';
import { lookAt } from '../../words/log-words.ts';
import { LogActions } from './log-actions.tsx';
import { LogFilters } from './log-filters.tsx';
import { LogLines, type Jump } from './log-lines.tsx';
import { useWantedSource } from './use-wanted-source.ts';

const TYPING_MS = 200;

/** The log of what one looks at, below every place. */
export function LogDrawer(): ReactNode {
  const isOpen = useNavigation((navigation) => navigation.logs);
  return isOpen ? <Drawer /> : null;
}

function Drawer(): ReactNode {
  const openLogs = useNavigation((navigation) => navigation.openLogs);
  const { logs } = useServices();
  const source = useLogs((log) => log.source);
  const path = useLogs((log) => log.path);
  const status = useLogs((log) => log.status);
  const error = useLogs((log) => log.error);
  const wanted = useWantedSource();
  const [filter, setFilter] = useState<LogFilter>(() => logs.getState().filter);
  const [follows, follow] = useState(true);
  const [jump, jumpTo] = useState<Jump | null>(null);
  const settled = useSettled(filter, filter.text === '' ? 0 : TYPING_MS);
  const { open, close, problem } = logs.getState();
  // What somebody chose stays, until the drawer is closed.
  const isChosen = useRef(source !== null);
  useEffect(() => {
    if (!isChosen.current && logs.getState().source?.kind !== 'attempt') open(wanted);
  }, [logs, open, wanted]);
  useEffect(() => close, [close]);
  useEffect(() => {
    if (settled !== logs.getState().filter) logs.getState().setFilter(settled);
  }, [logs, settled]);
  const opened = useLogs((log) => log.opened);
  useEffect(() => {
    // Whoever opened it said what to look for.
    setFilter(logs.getState().filter);
  }, [logs, opened]);
  const sourceKey = JSON.stringify(source);
  useEffect(() => {
    follow(true);
    jumpTo(null);
  }, [sourceKey]);
  const goTo = (position: number): void => {
    follow(false);
    jumpTo((before) => ({ position, times: (before?.times ?? 0) + 1 }));
  };
  const next = (forward: boolean): void => {
    const from = jump?.position ?? (forward ? -1 : (status?.shown ?? 0));
    problem(from, forward).then(
      (position) => (position === null ? undefined : goTo(position)),
      () => undefined,
    );
  };
  const last = status?.lastProblem ?? null;
  const showLast = (): void => {
    if (last === null) return;
    if (last.position === null) {
      setFilter(NO_FILTER);
      logs.getState().setFilter(NO_FILTER);
    }
    goTo(last.position ?? last.number - 1);
  };
  useProblemKeys(next);
  const choose = (to: typeof wanted): void => {
    isChosen.current = true;
    open(to);
  };
  const count = status?.shown ?? 0;
  return (
    <section className="drawer" aria-label="Logs">
      <div className="row spread drawer-head">
        <div className="row">
          <h2>Log</h2>
          <div className="segments" role="group" aria-label="Which log">
            <Button
              className="segment"
              aria-pressed={source?.kind === 'scan'}
              isDisabled={source?.kind !== 'scan' && wanted.kind !== 'scan'}
              onPress={() => choose(wanted.kind === 'scan' ? wanted : (source ?? wanted))}
            >
              Scan
            </Button>
            {source?.kind === 'attempt' ? (
              <Button className="segment" aria-pressed>
                Worker of chunk {source.chunkId}
              </Button>
            ) : null}
            <Button className="segment" aria-pressed={source?.kind === 'app'} onPress={() => choose({ kind: 'app' })}>
              App
            </Button>
          </div>
          <span className="muted small drawer-path" title={path ?? ''}>
            {path}
          </span>
        </div>
        <div className="row">
          <LogActions count={count} />
          <Button className="button small" aria-pressed={follows} onPress={() => follow(!follows)}>
            Follow
          </Button>
          <Button className="button ghost" aria-label="Close the log" onPress={() => openLogs(false)}>
            <Icon name="close" />
          </Button>
        </div>
      </div>
      <LogFilters
        filter={filter}
        set={setFilter}
        problem={status?.filterProblem ?? null}
        counted={countedLines(status)}
      />
      {last === null ? null : (
        <div className="row last-problem">
          <Button className="last-problem-text" onPress={showLast}>
            <span className="tone-bad">Last problem</span>{' '}
            <span className="muted">{lookAt(last.text).time.slice(11)}</span> {lookAt(last.text).text}
          </Button>
          <Button className="button small" onPress={() => next(false)}>
            Previous
          </Button>
          <Button className="button small" onPress={() => next(true)}>
            Next problem
          </Button>
        </div>
      )}
      {error === null ? null : <Problem error={error} />}
      {error === null && status?.caughtUp === true && count === 0 ? (
        <Empty title={emptyTitle(status.total, source?.kind)} />
      ) : (
        <LogLines count={count} follows={follows} follow={follow} jump={jump} />
      )}
    </section>
  );
}

function countedLines(
  status: { readonly shown: number; readonly total: number; readonly caughtUp: boolean } | null,
): string {
  if (status === null) return 'Reading …';
  const all = `${formatCount(status.total)} ${status.total === 1 ? 'line' : 'lines'}`;
  const some = status.shown === status.total ? all : `${formatCount(status.shown)} of ${all}`;
  return status.caughtUp ? some : `${some} …`;
}

function emptyTitle(total: number, kind: string | undefined): string {
  if (kind === 'attempt' && total > 0) return 'This worker ended well, and left no log';
  return total === 0 ? 'This log is empty' : 'No line is like this';
}

/** F8: the next problem; with Shift the one before. */
function useProblemKeys(next: (forward: boolean) => void): void {
  const newest = useRef(next);
  newest.current = next;
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.key !== 'F8') return;
      event.preventDefault();
      newest.current(!event.shiftKey);
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);
}
