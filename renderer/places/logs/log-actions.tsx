import { useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { formatCount } from '../../../shared/units.ts';
import { useLogs, useServices } from '../../store/services.ts';
import { useAct } from '../../store/use-request.ts';

/** From the end: more than this nobody pastes. */
const MOST_COPIED = 20_000;

/** Copy, export and open what is shown. */
export function LogActions({ count }: { readonly count: number }): ReactNode {
  const { logs } = useServices();
  const [said, say] = useState('');
  const copy = useAct('log.copy');
  const save = useAct('log.export');
  const reveal = useAct('log.reveal');
  const hasPath = useLogs((log) => log.path !== null);
  const error = copy.error ?? save.error ?? reveal.error;
  const stream = (): number => logs.getState().stream() ?? 0;
  const copyAll = async (): Promise<void> => {
    const copied = await copy.act({ stream: stream(), from: Math.max(0, count - MOST_COPIED), to: count });
    if (copied !== null) say(`${formatCount(copied.lines)} lines copied`);
  };
  const saveAll = async (): Promise<void> => {
    const saved = await save.act({ stream: stream() });
    if (saved !== null) say(`${formatCount(saved.lines)} lines saved`);
  };
  return (
    <>
      <span className={error === null ? 'muted small' : 'small tone-bad'} role="status">
        {error === null ? said : error.message}
      </span>
      <Button className="button small" isDisabled={count === 0} isPending={copy.isBusy} onPress={() => void copyAll()}>
        Copy
      </Button>
      <Button className="button small" isDisabled={count === 0} isPending={save.isBusy} onPress={() => void saveAll()}>
        Export …
      </Button>
      <Button className="button small" isDisabled={!hasPath} onPress={() => void reveal.act({ stream: stream() })}>
        Show file
      </Button>
    </>
  );
}
