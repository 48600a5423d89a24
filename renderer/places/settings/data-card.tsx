import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { Problem } from '../../parts/problem.tsx';
import { useDesktop } from '../../store/services.ts';
import { useAct } from '../../store/use-request.ts';

/** Where catalog, logs and shards lie. Another place holds from the next start on; nothing is moved there. */
export function DataCard(): ReactNode {
  const dataDir = useDesktop((state) => state.dataDir);
  const isFixed = useDesktop((state) => state.isDataDirFixed);
  const wanted = useDesktop(({ settings }) => settings.dataDir);
  const change = useAct('settings.dataDir');
  const restart = useAct('app.restart');
  const usual = useDesktop((state) => state.usualDataDir);
  const next = wanted ?? usual;
  const isOther = !isFixed && next !== dataDir;
  return (
    <section className="card wide-card" aria-labelledby="data">
      <h2 id="data">Data</h2>
      <p>
        Catalog, logs and shards lie in <span className="path code">{dataDir}</span>
      </p>
      {isFixed ? (
        <p className="muted small">The environment names this place (SMART_SCANNER_DATA_DIR).</p>
      ) : (
        <>
          <div className="row wrap">
            <Button className="button" isPending={change.isBusy} onPress={() => void change.act({ usual: false })}>
              Choose another folder …
            </Button>
            {wanted === null ? null : (
              <Button className="button" onPress={() => void change.act({ usual: true })}>
                Back to the usual one
              </Button>
            )}
          </div>
          <p className="muted small">
            On a disk of this computer: catalogs do not live on network shares. What is in the old folder stays there.
          </p>
        </>
      )}
      {isOther ? (
        <div className="notice attention row spread wrap" role="status">
          <span>
            From the next start on: <span className="path">{next}</span>
          </span>
          <Button className="button small" onPress={() => void restart.act(undefined)}>
            Restart now
          </Button>
        </div>
      ) : null}
      {change.error === null ? null : <Problem error={change.error} />}
    </section>
  );
}
