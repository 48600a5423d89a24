import { useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { Icon } from '../../parts/icon.tsx';
import { useHosts } from '../../store/use-hosts.ts';
import { counted } from '../../words/scan-words.ts';
import { HostCard } from './host-card.tsx';
import { HostForm } from './host-form.tsx';

/** The hosts: those that were added and this computer, then what was found and can be connected. */
export function Nas(): ReactNode {
  const { hosts, isLooking, look } = useHosts();
  const [adding, add] = useState(false);
  const found = hosts.filter(({ source }) => source === 'ssh' || source === 'context');
  const own = hosts.filter((host) => !found.includes(host));
  const down = own.filter((host) => host.source === 'added' && host.look.state === 'failed');
  const ready = own.filter(({ look: { state } }) => state === 'ready');
  return (
    <>
      <header className="head with-actions">
        <div>
          <h1>{sentence(ready.length, down.length, hosts.length === 0 || isLooking)}</h1>
          <p className="muted">Machines whose files can be inventoried from here.</p>
        </div>
        <div className="actions row">
          <Button className="button" onPress={look} isPending={isLooking}>
            Check all
          </Button>
          <Button className="button primary" onPress={() => add(true)}>
            <Icon name="plus" /> Add a host
          </Button>
        </div>
      </header>
      <ul className="cards wide">
        {own.map((host) => (
          <li key={host.key}>
            <HostCard host={host} />
          </li>
        ))}
      </ul>
      {found.length === 0 ? null : (
        <section className="found" aria-label="Found on this computer">
          <h2>Found on this computer</h2>
          <p className="muted">From docker contexts and your SSH configuration. Nothing is asked before you connect.</p>
          <ul className="cards wide">
            {found.map((host) => (
              <li key={host.key}>
                <HostCard host={host} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {adding ? <HostForm close={() => add(false)} done={() => undefined} /> : null}
    </>
  );
}

function sentence(ready: number, down: number, isLooking: boolean): string {
  if (down > 0) return `${counted(down, 'host')} ${down === 1 ? 'does' : 'do'} not answer.`;
  if (isLooking && ready === 0) return 'Asking your hosts …';
  if (ready === 0) return 'No host is ready yet.';
  return `${counted(ready, 'host')} ${ready === 1 ? 'is' : 'are'} ready.`;
}
