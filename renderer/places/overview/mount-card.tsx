import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { MountView, RunView } from '../../../shared/desktop-state.ts';
import { formatCount } from '../../../shared/units.ts';
import { Chip, Progress } from '../../parts/bits.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useBytes, useDesktop, useNavigation } from '../../store/services.ts';
import { useAct } from '../../store/use-request.ts';
import { stateOfMount } from '../../words/host-words.ts';
import { counted, runSentence, verdictWords } from '../../words/scan-words.ts';
import { ago, stamp } from '../../words/time-words.ts';
import { Slept } from '../scans/state-note.tsx';

/** A mount: what is known of it, how well, how old that is, and the next scan. */
export function MountCard({
  mount,
  run,
  refused,
}: {
  readonly mount: MountView;
  readonly run: RunView | null;
  /** The last try, if it could not begin. */
  readonly refused: RunView | null;
}): ReactNode {
  const bytes = useBytes();
  const go = useNavigation((navigation) => navigation.go);
  const rescan = useAct('scan.again');
  const resume = useAct('scan.resume');
  const dismiss = useAct('scan.dismiss');
  const verdict = verdictWords(mount);
  const hosts = useDesktop((state) => state.hosts);
  const runs = useDesktop((state) => state.runs);
  const host = stateOfMount(mount, hosts, runs);
  const has = mount.verdict !== null;
  const refusal = run === null ? refused : null;
  // A scan that was broken off is gone on with first: another one would begin anew, and what it had reached would be lost.
  const goesOn = mount.brokenOff || !has;
  const start = async (act: typeof rescan | typeof resume): Promise<void> => {
    const begun = await act.act({ mountName: mount.name, mountId: mount.mountId });
    if (begun !== null) go({ name: 'scans', runId: begun.runId });
  };
  return (
    <article className="card" aria-label={mount.name}>
      <div className="card-head">
        <h2>{mount.name}</h2>
        <Chip tone={verdict.tone}>{verdict.text}</Chip>
      </div>
      <div className="card-place small">
        <p className="muted one-line" title={mount.path}>
          {mount.path}
        </p>
        <p className="card-host">
          <span className="one-line" title={mount.hostName}>
            {mount.hostName}
          </span>
          <span className={`host-state tone-${host.tone}`}>{host.text}</span>
        </p>
      </div>
      {has ? (
        <>
          <p className="big" title={`${formatCount(BigInt(mount.apparentBytes))} bytes`}>
            {bytes(mount.apparentBytes)}
          </p>
          <p className="muted">
            {counted(mount.files, 'file')} in {counted(mount.directories, 'folder')}
            {mount.scannedAtMs === null ? null : (
              <span title={stamp(mount.scannedAtMs)}> · {ago(mount.scannedAtMs, Date.now())}</span>
            )}
          </p>
        </>
      ) : (
        <p className="muted">{run === null ? 'Its scan was not finished.' : 'Its first scan runs.'}</p>
      )}
      {run === null ? null : (
        <div className="card-run">
          <p>{runSentence(run).text}</p>
          <Progress fraction={run.snapshot?.fraction ?? null} label={`Scan of ${mount.name}`} />
          {run.snapshot?.slept ? <Slept slept={run.snapshot.slept} /> : null}
        </div>
      )}
      {run === null && has && mount.brokenOff ? <p className="muted">Its last scan was not finished.</p> : null}
      {refusal?.error ? <Problem error={refusal.error} runId={refusal.runId} isHelped /> : null}
      {rescan.error === null ? null : <Problem error={rescan.error} />}
      {resume.error === null ? null : <Problem error={resume.error} />}
      <div className="row end">
        {refusal === null ? null : (
          <Button className="button" onPress={() => void dismiss.act({ runId: refusal.runId })}>
            Dismiss
          </Button>
        )}
        {has ? (
          <Button className="button" onPress={() => go({ name: 'files', mountId: mount.mountId })}>
            See files
          </Button>
        ) : null}
        {run !== null ? (
          <Button className="button" onPress={() => go({ name: 'scans', runId: run.runId })}>
            See scan
          </Button>
        ) : (
          <>
            {goesOn && has ? (
              <Button className="button" isPending={rescan.isBusy} onPress={() => void start(rescan)}>
                Rescan
              </Button>
            ) : null}
            <Button
              className="button primary"
              isPending={goesOn ? resume.isBusy : rescan.isBusy}
              onPress={() => void start(goesOn ? resume : rescan)}
            >
              {goesOn ? 'Continue' : 'Rescan'}
            </Button>
          </>
        )}
      </div>
    </article>
  );
}
