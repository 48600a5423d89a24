import { createContext, use } from 'react';
import { useStore } from 'zustand';
import type { StoreApi } from 'zustand/vanilla';
import type { DesktopState } from '../../shared/desktop-state.ts';
import { SmartScannerError } from '../../shared/errors.ts';
import type { LogSource } from '../../shared/ipc.ts';
import { NO_FILTER, type LogFilter } from '../../shared/log-view.ts';
import { formatBytes } from '../../shared/units.ts';
import type { Transport } from '../transport/transport.ts';
import { createDesktopStore, type DesktopStore } from './desktop-store.ts';
import { createDoctorStore, type DoctorStore } from './doctor-store.ts';
import { createExportStore, type ExportStore } from './export-store.ts';
import { createLogStore, type LogStore } from './log-store.ts';
import { RateHistory } from './rate-store.ts';
import { createNavigationStore, type Navigation } from './navigation-store.ts';

/** What every part of a page may use. */
export interface Services {
  readonly transport: Transport;
  readonly desktop: StoreApi<DesktopStore>;
  readonly navigation: StoreApi<Navigation>;
  readonly logs: StoreApi<LogStore>;
  readonly rates: RateHistory;
  readonly doctor: StoreApi<DoctorStore>;
  readonly exporting: StoreApi<ExportStore>;
}

export function createServices(transport: Transport): Services {
  const desktop = createDesktopStore(transport);
  return {
    transport,
    desktop,
    rates: new RateHistory(desktop),
    navigation: createNavigationStore(transport),
    logs: createLogStore(transport),
    doctor: createDoctorStore(transport),
    exporting: createExportStore(transport),
  };
}

export const ServicesContext = createContext<Services | null>(null);

export function useServices(): Services {
  const services = use(ServicesContext);
  if (services === null) throw new SmartScannerError('INTERNAL', 'A part of the page has no services.');
  return services;
}

/** Of the state; only below the frame, which waits until it is there. */
export function useDesktop<T>(select: (state: DesktopState) => T): T {
  return useStore(useServices().desktop, ({ state }) => {
    if (state === null) throw new SmartScannerError('INTERNAL', 'The page is shown before the app has told its state.');
    return select(state);
  });
}

export function useNavigation<T>(select: (navigation: Navigation) => T): T {
  return useStore(useServices().navigation, select);
}

export function useLogs<T>(select: (logs: LogStore) => T): T {
  return useStore(useServices().logs, select);
}

/** Opens the drawer with this log, and with what is to be found in it; else with all of it. */
export function useOpenLog(): (source: LogSource, filter?: LogFilter) => void {
  const { logs, navigation } = useServices();
  return (source, filter = NO_FILTER) => {
    logs.getState().open(source, filter);
    navigation.getState().openLogs(true);
  };
}

export function useDoctor<T>(select: (doctor: DoctorStore) => T): T {
  return useStore(useServices().doctor, select);
}

export function useExport<T>(select: (exporting: ExportStore) => T): T {
  return useStore(useServices().exporting, select);
}

/** Sizes in the units that were chosen. */
export function useBytes(): (bytes: string | number | bigint) => string {
  const units = useDesktop(({ settings }) => settings.units);
  return (bytes) => formatBytes(typeof bytes === 'string' ? BigInt(bytes) : bytes, units);
}
