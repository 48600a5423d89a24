import { createStore, type StoreApi } from 'zustand/vanilla';
import type { RelativePath } from '../../shared/names.ts';
import type { SymptomId } from '../../shared/diagnosis.ts';
import type { Destination } from '../../shared/ipc.ts';
import type { Transport } from '../transport/transport.ts';

export type ScanTab = 'progress' | 'problems' | 'certificate';

export type Place =
  | { readonly name: 'overview' }
  /** Neither: the list of scans. */
  | {
      readonly name: 'scans';
      readonly runId?: string | undefined;
      readonly scanId?: string | undefined;
      readonly tab?: ScanTab | undefined;
      readonly chunkId?: number | undefined;
    }
  | {
      readonly name: 'files';
      readonly mountName?: string | undefined;
      /** Where hosts have mounts of the same name. */
      readonly mountId?: string | undefined;
      readonly path?: RelativePath | undefined;
    }
  /** The wizard. Without a symptom it asks for one; a scan or a run that it is about. */
  | {
      readonly name: 'doctor';
      readonly symptom?: SymptomId | undefined;
      readonly scanId?: string | undefined;
      readonly runId?: string | undefined;
      /** The host that it is about, as settings of scans name it. */
      readonly host?: string | undefined;
    }
  | { readonly name: 'nas' }
  | { readonly name: 'settings' };
export type PlaceName = Place['name'];

export interface Navigation {
  readonly place: Place;
  /** Grows each time that somebody is led to a place, be it the one that is shown. */
  readonly visits: number;
  /** Where Escape leads from the wizard. */
  readonly before: Place;
  readonly newScan: boolean;
  /** The host that a new scan begins with; null: whichever is usual. */
  readonly newScanHost: string | null;
  readonly logs: boolean;
  readonly go: (place: Place) => void;
  readonly openNewScan: (open: boolean) => void;
  readonly newScanOn: (hostKey: string) => void;
  readonly openLogs: (open: boolean) => void;
}

export function createNavigationStore(transport: Transport): StoreApi<Navigation> {
  const store = createStore<Navigation>((set) => ({
    place: { name: 'overview' },
    visits: 0,
    before: { name: 'overview' },
    newScan: false,
    newScanHost: null,
    logs: false,
    go: (place) => set((now) => moved(now, place)),
    openNewScan: (newScan) => set({ newScan, newScanHost: null }),
    newScanOn: (newScanHost) => set({ newScan: true, newScanHost }),
    openLogs: (logs) => set({ logs }),
  }));
  transport.on('navigate', (destination) =>
    store.setState((now) => ({ ...moved(now, placeOf(destination)), newScan: false })),
  );
  return store;
}

/** What was shown before the wizard is what is shown again after it. */
function moved({ place, visits, before }: Navigation, next: Place): Pick<Navigation, 'place' | 'visits' | 'before'> {
  return { place: next, visits: visits + 1, before: place.name === 'doctor' ? before : place };
}

export function placeOf(destination: Destination): Place {
  switch (destination.place) {
    case 'scans':
      return {
        name: 'scans',
        runId: destination.runId,
        scanId: destination.scanId,
        tab: destination.tab,
        chunkId: destination.chunkId,
      };
    case 'files':
      return { name: 'files', mountName: destination.mountName };
    case 'doctor':
      return {
        name: 'doctor',
        symptom: destination.symptom,
        runId: destination.runId,
        scanId: destination.scanId,
      };
    default:
      return { name: destination.place };
  }
}
