import { useEffect, useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { isBusy } from '../../../shared/desktop-state.ts';
import type { LogSource } from '../../../shared/ipc.ts';
import { formatCount } from '../../../shared/units.ts';
import { Icon } from '../../parts/icon.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useDesktop, useLogs, useNavigation } from '../../store/services.ts';
import { useAct } from '../../store/use-request.ts';
import { lineFilter, type LevelFilter } from '../../words/log-words.ts';
import { LogFilters } from './log-filters.tsx';
import { LogLines } from './log-lines.tsx';
import { useFiltered } from './use-filtered.ts';

const MOST_COPIED = 20_000;

/** The log of what one looks at, below every place. */
export function LogDrawer(): ReactNode {
  const isOpen = useNavigation((navigation) => navigation.logs);
  return isOpen ? <Drawer /> : null;
}

function Drawer(): ReactNode {
  const openLogs = useNavigation((navigation) => navigation.openLogs);
  const source = useLogs((logs) => logs.source);
  const open = useLogs((logs) => logs.open);
  const close = useLogs((logs) => logs.close);
  const error = useLogs((logs) => logs.error);
  const path = useLogs((logs) => logs.path);
  const wanted = useWantedSource();
  const copy = useAct('clipboard.copy');
  const [level, setLevel] = useState<LevelFilter>('all');
  const [text, setText] = useState('');
  const [isPattern, setPattern] = useState(false);
  const [follows, follow] = useState(true);
  const filter = lineFilter(level, text, isPattern);
  const shown = useFiltered(
    'matches' in filter ? `${level} ${String(isPattern)} ${text}` : null,
    level,
    text,
    isPattern,
  );
  useEffect(() => {
    if (source === null) open(wanted);
  }, [source, open, wanted]);
  useEffect(() => close, [close]);
  return (
    <section className="drawer" aria-label="Logs">
      <div className="row spread wrap drawer-head">
        <div className="row">
          <h2>Log</h2>
          <div className="segments" role="group" aria-label="Which log">
            <Button
              className="segment"
              aria-pressed={source?.kind === 'scan'}
              isDisabled={source?.kind !== 'scan' && wanted.kind !== 'scan'}
              onPress={() => open(wanted.kind === 'scan' ? wanted : (source ?? wanted))}
            >
              Scan
            </Button>
            <Button className="segment" aria-pressed={source?.kind === 'app'} onPress={() => open({ kind: 'app' })}>
              App
            </Button>
          </div>
          <span className="muted small path drawer-path" title={path ?? ''}>
            {path}
          </span>
        </div>
        <div className="row">
          <Button
            className="button small"
            onPress={() => void copy.act({ text: shown.slice(-MOST_COPIED).join('\n') })}
            isDisabled={shown.length === 0}
          >
            Copy
          </Button>
          <Button className="button small" aria-pressed={follows} onPress={() => follow(!follows)}>
            Follow
          </Button>
          <Button className="button ghost" aria-label="Close the log" onPress={() => openLogs(false)}>
            <Icon name="close" />
          </Button>
        </div>
      </div>
      <LogFilters
        level={level}
        setLevel={setLevel}
        text={text}
        setText={setText}
        isPattern={isPattern}
        setPattern={setPattern}
        problem={'problem' in filter ? filter.problem : null}
        counted={`${formatCount(shown.length)} lines`}
      />
      {error === null ? <LogLines lines={shown} follows={follows} follow={follow} /> : <Problem error={error} />}
    </section>
  );
}

/** Of the scan that one looks at, else of one that runs, else the newest of this app, else the app's own. */
function useWantedSource(): LogSource {
  const place = useNavigation((navigation) => navigation.place);
  const scanId = useDesktop(({ runs }) => {
    if (place.name === 'scans' && place.scanId !== undefined) return place.scanId;
    const all = Object.values(runs);
    const looked = place.name === 'scans' ? all.find((run) => run.runId === place.runId) : undefined;
    const run = looked ?? all.find(isBusy) ?? all.at(-1);
    return run?.snapshot?.scanId ?? null;
  });
  const [wanted, want] = useState<LogSource>(() => (scanId === null ? { kind: 'app' } : { kind: 'scan', scanId }));
  useEffect(() => want(scanId === null ? { kind: 'app' } : { kind: 'scan', scanId }), [scanId]);
  return wanted;
}
