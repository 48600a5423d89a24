import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { isBusy } from '../../shared/desktop-state.ts';
import { useDesktop, useNavigation } from '../store/services.ts';
import type { PlaceName } from '../store/navigation-store.ts';
import { Icon } from './icon.tsx';

const PLACES: readonly (readonly [PlaceName, string])[] = [
  ['overview', 'Overview'],
  ['scans', 'Scans'],
  ['files', 'Files'],
  ['nas', 'NAS'],
];

export function Sidebar(): ReactNode {
  const busy = useDesktop(({ runs }) => Object.values(runs).filter(isBusy).length);
  const logs = useNavigation((navigation) => navigation.logs);
  const openLogs = useNavigation((navigation) => navigation.openLogs);
  const openNewScan = useNavigation((navigation) => navigation.openNewScan);
  return (
    <nav className="sidebar" aria-label="Places">
      <div className="brand">
        <span className="brand-mark" aria-hidden="true">
          <span />
          <span />
          <span />
        </span>
        Smart Scanner
      </div>
      <Button className="button primary wide" onPress={() => openNewScan(true)}>
        <Icon name="plus" /> New scan
      </Button>
      <ul>
        {PLACES.map(([name, label]) => (
          <li key={name}>
            <PlaceLink name={name} label={label} badge={name === 'scans' && busy > 0 ? `${busy} running` : null} />
          </li>
        ))}
      </ul>
      <div className="sidebar-end">
        <Button className="place-link" aria-pressed={logs} onPress={() => openLogs(!logs)}>
          <Icon name="logs" /> Logs
        </Button>
        <PlaceLink name="doctor" label="Something’s wrong" badge={null} />
        <PlaceLink name="settings" label="Settings" badge={null} />
      </div>
    </nav>
  );
}

function PlaceLink({
  name,
  label,
  badge,
}: {
  readonly name: PlaceName;
  readonly label: string;
  readonly badge: string | null;
}): ReactNode {
  const current = useNavigation((navigation) => navigation.place.name);
  const go = useNavigation((navigation) => navigation.go);
  return (
    <Button
      className="place-link"
      {...(current === name ? { 'aria-current': 'page' as const } : {})}
      onPress={() => go({ name })}
    >
      <Icon name={name} /> {label}
      {badge === null ? null : <span className="badge">{badge}</span>}
    </Button>
  );
}
