import { memo, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { LIMITS } from '../../../shared/settings.ts';
import type { ScanSnapshot } from '../../../shared/snapshot.ts';
import { Problem } from '../../parts/problem.tsx';
import { useAct } from '../../store/use-request.ts';
import { LOAD_NAMES, LOADS } from '../../words/load-words.ts';

/** How much of the NAS the scan takes, and how many workers at most, changed while it runs. Not drawn again with each snapshot. */
export const LoadChoice = memo(function LoadChoice({
  runId,
  load,
  maxContainers,
  allowedWorkers,
}: Pick<ScanSnapshot, 'load' | 'maxContainers' | 'allowedWorkers'> & { readonly runId: string }): ReactNode {
  const change = useAct('scan.change');
  const to = (workers: number): void => void change.act({ runId, changes: { maxContainers: workers } });
  return (
    <div className="load">
      <div className="row wrap">
        <div className="row" role="group" aria-label="Load">
          <span className="muted">Load</span>
          <div className="segments">
            {LOAD_NAMES.map((name) => (
              <Button
                key={name}
                className="segment"
                aria-pressed={name === load}
                onPress={() => void change.act({ runId, changes: { load: name } })}
              >
                {LOADS[name].name}
              </Button>
            ))}
          </div>
        </div>
        <div className="row" role="group" aria-label="Workers at once">
          <span className="muted">Workers</span>
          <div className="segments">
            <Button
              className="segment"
              aria-label="Fewer workers"
              isDisabled={maxContainers <= LIMITS.maxContainers.min}
              onPress={() => to(maxContainers - 1)}
            >
              −
            </Button>
            <output className="segment value">up to {maxContainers}</output>
            <Button
              className="segment"
              aria-label="More workers"
              isDisabled={maxContainers >= LIMITS.maxContainers.max}
              onPress={() => to(maxContainers + 1)}
            >
              +
            </Button>
          </div>
        </div>
      </div>
      <p className="muted small load-means">
        {LOADS[load].means}
        {allowedWorkers < maxContainers ? ` ${allowedWorkers} at the moment.` : ''}
      </p>
      {change.error === null ? null : <Problem error={change.error} />}
    </div>
  );
});
