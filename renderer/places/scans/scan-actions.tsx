import { memo, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { Problem } from '../../parts/problem.tsx';
import { useNavigation, useOpenLog } from '../../store/services.ts';
import { counted } from '../../words/scan-words.ts';
import { useAct } from '../../store/use-request.ts';

/** What there is to press; the first one follows the state. Not drawn again with each snapshot. */
export const ScanActions = memo(function ScanActions({
  busyRun,
  stopping,
  pausable,
  isPaused,
  name,
  mountId,
  scanId,
  problems,
  showProblems,
  resumable,
}: {
  /** null: it does not run. */
  readonly busyRun: string | null;
  readonly stopping: boolean;
  /** It has begun. */
  readonly pausable: boolean;
  readonly isPaused: boolean;
  readonly name: string;
  /** null: the catalog has not told yet. */
  readonly mountId: string | null;
  readonly scanId: string | null;
  readonly problems: number;
  readonly showProblems: () => void;
  readonly resumable: boolean;
}): ReactNode {
  const go = useNavigation((navigation) => navigation.go);
  const openLog = useOpenLog();
  const stop = useAct('scan.stop');
  const again = useAct('scan.again');
  const resume = useAct('scan.resume');
  const pause = useAct('scan.pause');
  const unpause = useAct('scan.unpause');
  const retry = useAct('scan.retry');
  const begin = async (act: typeof again | typeof resume): Promise<void> => {
    const begun = await act.act({ mountName: name, mountId });
    if (begun !== null) go({ name: 'scans', runId: begun.runId });
  };
  const tryAgain = async (id: string): Promise<void> => {
    const begun = await retry.act({ mountName: name, mountId, scanId: id });
    if (begun !== null) go({ name: 'scans', runId: begun.runId });
  };
  const error = stop.error ?? again.error ?? resume.error ?? pause.error ?? unpause.error ?? retry.error;
  return (
    <div className="actions">
      <div className="row">
        {scanId === null ? null : (
          <Button
            className="button"
            onPress={() => {
              openLog({ kind: 'scan', scanId });
            }}
          >
            Log
          </Button>
        )}
        {busyRun !== null ? (
          <>
            <Button
              className="button"
              isDisabled={stop.isBusy}
              onPress={() => void stop.act({ runId: busyRun, mode: stopping ? 'now' : 'graceful' })}
            >
              {stopping ? 'Stop at once' : 'Stop'}
            </Button>
            {problems === 0 ? null : (
              <Button className="button" onPress={showProblems}>
                See {counted(problems, 'problem')}
              </Button>
            )}
            {stopping || !pausable ? null : (
              <Button
                className="button primary"
                isPending={pause.isBusy || unpause.isBusy}
                onPress={() => void (isPaused ? unpause : pause).act({ runId: busyRun })}
              >
                {isPaused ? 'Resume' : 'Pause'}
              </Button>
            )}
          </>
        ) : (
          <>
            {scanId === null ? null : (
              <Button className="button" onPress={() => void begin(again)} isPending={again.isBusy}>
                Rescan
              </Button>
            )}
            {resumable ? (
              <Button className="button primary" onPress={() => void begin(resume)} isPending={resume.isBusy}>
                Continue
              </Button>
            ) : problems > 0 && scanId !== null ? (
              <>
                <Button className="button" onPress={() => void tryAgain(scanId)} isPending={retry.isBusy}>
                  Try again
                </Button>
                <Button className="button primary" onPress={() => go({ name: 'doctor', symptom: 'failed', scanId })}>
                  Fix {counted(problems, 'problem')}
                </Button>
              </>
            ) : scanId === null ? null : (
              <Button
                className="button primary"
                onPress={() => go({ name: 'files', mountName: name, mountId: mountId ?? undefined })}
              >
                See files
              </Button>
            )}
          </>
        )}
      </div>
      {error === null ? null : <Problem error={error} />}
    </div>
  );
});
