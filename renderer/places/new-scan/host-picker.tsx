import type { ReactNode } from 'react';
import { Label, RadioGroup } from 'react-aria-components';
import type { HostReport } from '../../../shared/inventory.ts';
import { Problem } from '../../parts/problem.tsx';
import { useBytes, useDesktop } from '../../store/services.ts';
import type { Asked } from '../../store/use-request.ts';
import { counted } from '../../words/scan-words.ts';
import { Chip } from '../../parts/bits.tsx';
import { Option } from '../../parts/choices.tsx';

export function HostPicker({
  hosts,
  chosen,
  choose,
}: {
  readonly hosts: Asked<readonly HostReport[]>;
  readonly chosen: HostReport['kind'];
  readonly choose: (kind: HostReport['kind']) => void;
}): ReactNode {
  const computer = useDesktop((state) => state.computer);
  if (hosts.error !== null) return <Problem error={hosts.error} again={hosts.again} />;
  return (
    <RadioGroup className="field" value={chosen} onChange={(value) => choose(value as HostReport['kind'])}>
      <Label>Where are the files?</Label>
      {hosts.value === null ? <p className="muted">Looking for hosts …</p> : null}
      <div className="choices">
        {(hosts.value ?? []).map((host) => (
          <Option key={host.kind} value={host.kind} isDisabled={host.problem !== null} className="choice">
            <span className="choice-title">
              {host.kind === 'process' ? 'This computer' : 'Docker on this computer'}
              <Chip tone={host.problem === null ? 'good' : 'quiet'}>
                {host.problem === null ? 'Ready' : 'Not there'}
              </Chip>
            </span>
            <span className="muted small">{host.kind === 'process' ? computer : host.address}</span>
            <span className="muted small">
              <HostFacts host={host} />
            </span>
          </Option>
        ))}
      </div>
    </RadioGroup>
  );
}

export function HostFacts({ host }: { readonly host: HostReport }): ReactNode {
  const bytes = useBytes();
  if (host.problem !== null) return host.problem;
  const facts = [
    host.cpus === null ? null : counted(host.cpus, 'processor'),
    host.memoryBytes === null ? null : `${bytes(host.memoryBytes)} memory`,
    host.kind === 'docker' ? 'one container per chunk' : 'one process per chunk',
  ];
  return facts.filter((fact) => fact !== null).join(', ');
}
