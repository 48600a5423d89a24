import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { LoadName } from '../../../shared/settings.ts';
import { useAct } from '../../store/use-request.ts';
import { LOAD_NAMES, LOADS } from '../../words/load-words.ts';

/** How much of the NAS the scan takes, changed while it runs. */
export function LoadChoice({ runId, load }: { readonly runId: string; readonly load: LoadName }): ReactNode {
  const change = useAct('scan.change');
  return (
    <div className="row load" role="group" aria-label="Load">
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
      <span className="muted small">{LOADS[load].means}</span>
    </div>
  );
}
