import { useMemo } from 'react';
import { isBusy } from '../../../shared/desktop-state.ts';
import type { LogSource } from '../../../shared/ipc.ts';
import { useDesktop, useNavigation } from '../../store/services.ts';

/** Of the scan that one looks at, else of one that runs, else the newest of this app, else the app's own. */
export function useWantedSource(): LogSource {
  const place = useNavigation((navigation) => navigation.place);
  const scanId = useDesktop(({ runs }) => {
    if (place.name === 'scans' && place.scanId !== undefined) return place.scanId;
    const all = Object.values(runs);
    const looked = place.name === 'scans' ? all.find((run) => run.runId === place.runId) : undefined;
    const ofMount =
      place.name === 'files'
        ? all.find((run) =>
            place.mountId === undefined ? run.mountName === place.mountName : run.snapshot?.mountId === place.mountId,
          )
        : undefined;
    const run = looked ?? ofMount ?? all.find(isBusy) ?? all.at(-1);
    return run?.snapshot?.scanId ?? null;
  });
  return useMemo(() => (scanId === null ? { kind: 'app' } : { kind: 'scan', scanId }), [scanId]);
}
