import { useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { HostView } from '../../../shared/hosts.ts';
import { Problem } from '../../parts/problem.tsx';
import { useBytes } from '../../store/services.ts';
import { useAct, useRequest } from '../../store/use-request.ts';
import { counted } from '../../words/scan-words.ts';
import { lasting } from '../../words/time-words.ts';

const SHOWN = 30;

/** What is on a host of ours, and a way to remove what no scan holds. */
export function OnHostPart({ host }: { readonly host: HostView }): ReactNode {
  const [times, setTimes] = useState(0);
  const { value, error, again } = useRequest('hosts.ours', { key: host.key, remove: false }, times);
  const clean = useAct('hosts.ours');
  const bytes = useBytes();
  if (error !== null) return <Problem error={error} again={again} />;
  if (value === null) return <p className="muted">Looking …</p>;
  const { items, images } = value;
  const left = items.filter(({ keptBecause }) => keptBecause === null);
  const cleanUp = async (): Promise<void> => {
    if ((await clean.act({ key: host.key, remove: true })) !== null) setTimes((before) => before + 1);
  };
  if (items.length + images.length === 0) return <p className="muted">Nothing of ours is there.</p>;
  return (
    <div className="on-host">
      <ul className="plain small">
        {images.map((image) => (
          <li key={image.names.join(' ')} className="on-host-item">
            <span className="on-host-kind">image</span>
            <span className="path">
              {image.names.join(', ') || 'a worker image without a name'}
              <span className="muted">, stays: the next scan needs it</span>
            </span>
            <span className="muted">{bytes(image.bytes)}</span>
          </li>
        ))}
        {items.slice(0, SHOWN).map((item) => (
          <li key={`${item.kind}-${item.id}`} className="on-host-item">
            <span className="on-host-kind">{item.kind}</span>
            <span className="path">
              {item.description}
              <span className="muted">{item.keptBecause === null ? '' : `, stays: ${item.keptBecause}`}</span>
            </span>
            <span className="muted">
              {item.bytes === null ? '' : `${bytes(item.bytes)}, `}
              {lasting(item.ageMs)} old
            </span>
          </li>
        ))}
        {items.length > SHOWN ? <li className="muted">and {items.length - SHOWN} more</li> : null}
      </ul>
      {clean.error === null ? null : <Problem error={clean.error} />}
      {left.length === 0 ? null : (
        <div className="row end">
          <Button className="button" isPending={clean.isBusy} onPress={() => void cleanUp()}>
            Remove {counted(left.length, 'left-over')}
          </Button>
        </div>
      )}
    </div>
  );
}
