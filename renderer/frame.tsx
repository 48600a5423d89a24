import { useEffect, type ReactNode } from 'react';
import { useStore } from 'zustand';
import { Sidebar } from './parts/sidebar.tsx';
import { QuestionDialog } from './parts/question-dialog.tsx';
import { Problem } from './parts/problem.tsx';
import { ErrorBoundary } from './parts/error-boundary.tsx';
import { Doctor } from './places/doctor/doctor.tsx';
import { Files } from './places/files/files.tsx';
import { LogDrawer } from './places/logs/log-drawer.tsx';
import { Nas } from './places/nas/nas.tsx';
import { NewScanSheet } from './places/new-scan/new-scan-sheet.tsx';
import { Overview } from './places/overview/overview.tsx';
import { Scans } from './places/scans/scans.tsx';
import { Settings } from './places/settings/settings.tsx';
import { useNavigation, useServices } from './store/services.ts';

/** The window: places on the left, one of them on the right, the log below. */
export function Frame(): ReactNode {
  const { desktop } = useServices();
  const isThere = useStore(desktop, ({ state }) => state !== null);
  const error = useStore(desktop, (store) => store.error);
  const name = useNavigation((navigation) => navigation.place.name);
  useShortcuts();
  if (!isThere)
    return (
      <main className="alone">{error === null ? <p className="muted">Starting …</p> : <Problem error={error} />}</main>
    );
  return (
    <div className="frame">
      <Sidebar />
      <div className="column">
        <main className="place" tabIndex={-1}>
          <ErrorBoundary key={name}>
            <CurrentPlace />
          </ErrorBoundary>
        </main>
        <ErrorBoundary>
          <LogDrawer />
        </ErrorBoundary>
      </div>
      <ErrorBoundary>
        <NewScanSheet />
        <QuestionDialog />
      </ErrorBoundary>
    </div>
  );
}

function CurrentPlace(): ReactNode {
  const place = useNavigation((navigation) => navigation.place);
  switch (place.name) {
    case 'overview':
      return <Overview />;
    case 'scans':
      return <Scans runId={place.runId} scanId={place.scanId} tab={place.tab} chunkId={place.chunkId} />;
    case 'files':
      return <Files mountName={place.mountName} mountId={place.mountId} path={place.path ?? ''} />;
    case 'doctor':
      return <Doctor place={place} />;
    case 'nas':
      return <Nas />;
    case 'settings':
      return <Settings />;
  }
}

/** Ctrl or ⌘ with J: the log; with N: a new scan; with 1 to 4: a place; with a comma: settings. */
function useShortcuts(): void {
  const { navigation } = useServices();
  useEffect(() => {
    const places = ['overview', 'scans', 'files', 'nas'] as const;
    const pressed = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      const { go, openLogs, openNewScan, logs } = navigation.getState();
      const place = places[Number(event.key) - 1];
      if (event.key === 'j') openLogs(!logs);
      else if (event.key === 'n') openNewScan(true);
      else if (event.key === ',') go({ name: 'settings' });
      else if (place !== undefined) go({ name: place });
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [navigation]);
}
