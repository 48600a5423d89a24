import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { HostReport } from '../../../shared/inventory.ts';
import { Chip } from '../../parts/bits.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useDesktop } from '../../store/services.ts';
import { useRequest } from '../../store/use-request.ts';
import { HostFacts } from '../new-scan/host-picker.tsx';

/** Hosts that can be scanned from here, and whether they answer now. */
export function Nas(): ReactNode {
  const hosts = useRequest('hosts.look', undefined);
  return (
    <>
      <header className="head with-actions">
        <div>
          <h1>NAS</h1>
          <p className="muted">Where files can be scanned from here.</p>
        </div>
        <Button className="button" onPress={hosts.again} isPending={hosts.isLoading}>
          Look again
        </Button>
      </header>
      {hosts.error === null ? null : <Problem error={hosts.error} again={hosts.again} />}
      {hosts.value === null && hosts.error === null ? <p className="muted">Looking for hosts …</p> : null}
      <ul className="cards">
        {(hosts.value ?? []).map((host) => (
          <li key={host.kind}>
            <HostCard host={host} />
          </li>
        ))}
      </ul>
    </>
  );
}

function HostCard({ host }: { readonly host: HostReport }): ReactNode {
  const computer = useDesktop((state) => state.computer);
  const isReady = host.problem === null;
  const title = host.kind === 'process' ? computer : (host.hostName ?? 'Docker');
  return (
    <article className="card" aria-label={title}>
      <div className="card-head">
        <div>
          <h2>{title}</h2>
          <p className="muted path">{host.description}</p>
        </div>
        <Chip tone={isReady ? 'good' : 'quiet'}>{isReady ? 'Answers' : 'Does not answer'}</Chip>
      </div>
      <p className={isReady ? 'row' : 'row muted'}>
        <Icon name={isReady ? 'check' : 'cross'} />
        <span>
          <HostFacts host={host} />
        </span>
      </p>
      {isReady || host.kind === 'process' ? null : (
        <p className="muted small">
          Start Docker, or see whether this user may use its socket (group “docker”), and look again.
        </p>
      )}
    </article>
  );
}
