import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { nameKey, nameText } from '../../../shared/names.ts';
import { formatCount } from '../../../shared/units.ts';
import { Icon } from '../../parts/icon.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useBytes, useNavigation, useOpenLog } from '../../store/services.ts';
import { useRequest } from '../../store/use-request.ts';
import { CHUNK_LOOKS, CHUNK_WORDS } from '../../words/scan-words.ts';
import { linesOfChunk } from '../../words/log-words.ts';
import { lasting, stamp } from '../../words/time-words.ts';
import { ChunkNow } from './chunk-now.tsx';
import type { ChunkView } from './use-chunks.ts';

const ROOTS_SHOWN = 12;

/** What a chunk holds, and each try at it. */
export function ChunkDetailCard({
  scanId,
  runId,
  chunkId,
  chunks,
  close,
}: {
  readonly scanId: string;
  readonly runId: string | null;
  readonly chunkId: number;
  readonly chunks: readonly ChunkView[];
  readonly close: () => void;
}): ReactNode {
  const go = useNavigation((navigation) => navigation.go);
  const seen = chunks.find(({ id }) => id === chunkId);
  const { value, error } = useRequest(
    'scan.chunk',
    { scanId, chunkId },
    (seen?.attempts ?? 0) * CHUNK_LOOKS.length + (seen === undefined ? 0 : CHUNK_LOOKS.indexOf(seen.look)),
  );
  const bytes = useBytes();
  const openLog = useOpenLog();
  return (
    <article className="card chunk-detail" aria-label={`Chunk ${chunkId}`}>
      <div className="row spread">
        <h3>Chunk {chunkId}</h3>
        <Button className="button ghost" aria-label="Close" onPress={close}>
          <Icon name="close" />
        </Button>
      </div>
      {error === null ? null : <Problem error={error} />}
      {value === null ? null : (
        <>
          <p>
            {CHUNK_WORDS[seen?.look ?? value.chunk.state]}
            {value.chunk.files === null ? '' : `, ${formatCount(value.chunk.files)} files merged`}
            {value.chunk.bytes === null ? '' : `, planned with ${bytes(value.chunk.bytes)}`}
          </p>
          {runId === null || seen?.look !== 'running' ? null : <ChunkNow runId={runId} chunkId={chunkId} />}
          {value.chunk.reason === null ? null : <p className="tone-attention">{value.chunk.reason}</p>}
          {value.chunk.state === 'failed' ? (
            <div className="row">
              <Button className="button" onPress={() => go({ name: 'doctor', symptom: 'failed', scanId })}>
                What’s wrong?
              </Button>
            </div>
          ) : null}
          <h4>Holds</h4>
          <ul className="plain small">
            {value.roots.slice(0, ROOTS_SHOWN).map((root) => (
              <li key={nameKey(root.path)} className="path">
                {nameText(root.path) || 'the mount point itself'}
                {root.mode === 'own' ? ' (without its subfolders)' : ''}
              </li>
            ))}
            {value.chunk.rootCount > ROOTS_SHOWN ? (
              <li className="muted">and {formatCount(value.chunk.rootCount - ROOTS_SHOWN)} more</li>
            ) : null}
          </ul>
          <h4>Tries</h4>
          {value.attempts.length === 0 ? <p className="muted small">None yet.</p> : null}
          <ol className="plain small">
            {value.attempts.map((attempt) => (
              <li key={attempt.attemptId}>
                {stamp(attempt.startedAtMs)}: {attempt.outcome ?? 'running'}
                {attempt.endedAtMs === null ? '' : ` after ${lasting(attempt.endedAtMs - attempt.startedAtMs)}`}
                {attempt.reason === null ? '' : `. ${attempt.reason}`}
                {attempt.worker === null ? null : (
                  <span className="muted path">
                    {attempt.runtime === 'docker' ? 'Container' : 'Process'} {attempt.worker.slice(0, 12)}
                    {attempt.exitCode === null ? '' : `, exit code ${attempt.exitCode}`}
                  </span>
                )}
                {attempt.worker === null ? null : (
                  <Button
                    className="button small"
                    onPress={() => openLog({ kind: 'attempt', scanId, chunkId, attemptId: attempt.attemptId })}
                  >
                    Log of this try
                  </Button>
                )}
              </li>
            ))}
          </ol>
          <div className="row end">
            <Button className="button small" onPress={() => openLog({ kind: 'scan', scanId }, linesOfChunk(chunkId))}>
              Its log
            </Button>
          </div>
        </>
      )}
    </article>
  );
}
