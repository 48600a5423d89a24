import type { ReactNode } from 'react';
import { isBusy, isRefused, isRunOf } from '../../../shared/desktop-state.ts';
import { formatCount } from '../../../shared/units.ts';
import { Problem } from '../../parts/problem.tsx';
import { useBytes, useDesktop, useNavigation } from '../../store/services.ts';
import { useFreshHosts } from '../../store/use-host-states.ts';
import { counted, overviewSentence } from '../../words/scan-words.ts';
import { NewScan } from '../new-scan/new-scan.tsx';
import { MountCard } from './mount-card.tsx';
import { StartingCard } from './starting-card.tsx';

/** One sentence, then a card a mount. Before anything was scanned: the way to the first scan. */
export function Overview(): ReactNode {
  const mounts = useDesktop((state) => state.mounts);
  const runs = useDesktop((state) => state.runs);
  const catalogProblem = useDesktop((state) => state.catalogProblem);
  const hosts = useDesktop((state) => state.hosts);
  const bytes = useBytes();
  useFreshHosts(mounts !== null && mounts.length > 0);
  if (mounts === null) return <p className="muted">Reading the catalog …</p>;
  const news = Object.values(runs).filter((run) => !mounts.some((mount) => isRunOf(run, mount)));
  if (mounts.length === 0 && news.length === 0 && catalogProblem === null) return <FirstRun />;
  const said = overviewSentence({ mounts, runs, catalogProblem });
  const down = Object.values(hosts).flatMap(({ source, name, look }) =>
    source === 'added' && look.state === 'failed' ? [name] : [],
  );
  const files = mounts.reduce((sum, mount) => sum + mount.files, 0);
  const size = mounts.reduce((sum, mount) => sum + BigInt(mount.apparentBytes), 0n);
  return (
    <>
      <header className="head">
        <h1 className={`sentence tone-${said.tone}`}>{said.text}</h1>
        {files === 0 ? null : (
          <p className="muted">
            {counted(files, 'file')} in {formatCount(mounts.filter(({ verdict }) => verdict !== null).length)}{' '}
            {mounts.length === 1 ? 'mount point' : 'mount points'}, {bytes(size)}
            {down.map((name) => ` · ${name} does not answer`)}
          </p>
        )}
      </header>
      {catalogProblem === null ? null : <Problem error={catalogProblem} isHelped />}
      <ul className="cards">
        {news.map((run) => (
          <li key={run.runId}>
            <StartingCard run={run} />
          </li>
        ))}
        {mounts.map((mount) => (
          <li key={mount.mountId}>
            <MountCard
              mount={mount}
              run={Object.values(runs).find((run) => isRunOf(run, mount) && isBusy(run)) ?? null}
              refused={Object.values(runs).findLast((run) => isRunOf(run, mount) && isRefused(run)) ?? null}
            />
          </li>
        ))}
      </ul>
    </>
  );
}

function FirstRun(): ReactNode {
  const go = useNavigation((navigation) => navigation.go);
  return (
    <div className="first">
      <h1>Connect your NAS</h1>
      <p className="lead">We read names, sizes and dates; we never open, change or delete a file.</p>
      <NewScan started={(runId) => go({ name: 'scans', runId })} />
    </div>
  );
}
