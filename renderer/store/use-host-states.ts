import { useEffect } from 'react';
import { useDesktop } from './services.ts';
import { useAct } from './use-request.ts';

/** What was seen of a host so long ago says little of it now. */
const FRESH_MS = 5 * 60_000;

/** Has the hosts looked at where nobody did lately; while `wanted`. */
export function useFreshHosts(wanted: boolean): void {
  const { act } = useAct('hosts.look');
  const hosts = useDesktop((state) => state.hosts);
  const isFresh = Object.values(hosts).some(
    ({ look }) => look.state === 'checking' || ('atMs' in look && Date.now() - look.atMs < FRESH_MS),
  );
  useEffect(() => {
    if (wanted && !isFresh) void act(undefined);
    // Once for each time that the page is opened: what becomes old while it is shown is not asked for again by itself.
  }, [wanted, act]);
}
