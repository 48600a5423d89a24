import { useEffect, useMemo } from 'react';
import type { HostView } from '../../shared/hosts.ts';
import { useDesktop } from './services.ts';
import { useAct } from './use-request.ts';

export interface Hosts {
  /** Those that were added first, then this computer, then what was found. */
  readonly hosts: readonly HostView[];
  readonly isLooking: boolean;
  readonly look: () => void;
}

/** The hosts, looked at again when a page that shows them opens. */
export function useHosts(): Hosts {
  const views = useDesktop((state) => state.hosts);
  const { act, isBusy } = useAct('hosts.look');
  useEffect(() => {
    void act(undefined);
  }, [act]);
  const hosts = useMemo(() => {
    const order = ['added', 'this', 'socket', 'environment', 'context', 'ssh'];
    return Object.values(views)
      .filter(({ key }) => key !== 'draft')
      .sort((a, b) => order.indexOf(a.source) - order.indexOf(b.source) || a.name.localeCompare(b.name, 'en'));
  }, [views]);
  return { hosts, isLooking: isBusy, look: () => void act(undefined) };
}
