import { useEffect, useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { useBytes } from '../../store/services.ts';
import { useAct, useRequest } from '../../store/use-request.ts';

/** A daemon takes a second or two for a sample. */
const SAMPLE_MS = 3_000;

/** What the worker of a running chunk takes right now, and a way to give it up. Asked only while it is looked at. */
export function ChunkNow({ runId, chunkId }: { readonly runId: string; readonly chunkId: number }): ReactNode {
  const [times, setTimes] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTimes((before) => before + 1), SAMPLE_MS);
    return () => clearInterval(timer);
  }, []);
  const { value } = useRequest('scan.sample', { runId, chunkId }, times);
  const stop = useAct('scan.stopChunk');
  const bytes = useBytes();
  return (
    <div className="row spread">
      <p>
        {value === null
          ? 'Its worker has told nothing of itself yet.'
          : `${Math.round(value.cpuPercent)} % of a processor, ${bytes(value.memoryBytes)} memory`}
      </p>
      <Button className="button small" isPending={stop.isBusy} onPress={() => void stop.act({ runId, chunkId })}>
        Give it up
      </Button>
    </div>
  );
}
