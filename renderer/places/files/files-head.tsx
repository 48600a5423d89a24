import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { MountView, RunView } from '../../../shared/desktop-state.ts';
import type { InventoryFacts, Measure, Which } from '../../../shared/files.ts';
import { formatCount } from '../../../shared/units.ts';
import { Choice } from '../../parts/choice.tsx';
import { useNavigation } from '../../store/services.ts';
import { ago } from '../../words/time-words.ts';
import { MEASURES } from './measures.ts';

/** Whose files these are, and how true that is. */
export function FilesHead({
  mount,
  mounts,
  which,
  want,
  facts,
  run,
  measure,
  setMeasure,
}: {
  readonly mount: MountView;
  readonly mounts: readonly MountView[];
  readonly which: Which;
  /** null: there is only one to look at. */
  readonly want: ((which: Which) => void) | null;
  readonly facts: InventoryFacts | null;
  readonly run: RunView | undefined;
  readonly measure: Measure;
  readonly setMeasure: (measure: Measure) => void;
}): ReactNode {
  const go = useNavigation((navigation) => navigation.go);
  const isOnly = want === null;
  return (
    <>
      <header className="head with-actions">
        <div>
          <h1>Files</h1>
          <p className="muted path">
            {mount.path} on {mount.hostName}
            {which === 'published' && mount.scannedAtMs !== null
              ? `, inventoried ${ago(mount.scannedAtMs, Date.now())}`
              : ''}
          </p>
        </div>
        <div className="row">
          <Choice
            label="Mount point"
            value={mount.mountId}
            options={mounts.map((one) => [one.mountId, nameAmong(mounts, one)] as const)}
            choose={(mountId) => go({ name: 'files', mountId })}
          />
          <Choice
            label="Sizes"
            value={measure}
            options={Object.entries(MEASURES) as [Measure, string][]}
            choose={setMeasure}
          />
        </div>
      </header>
      {which === 'newest' || !isOnly ? (
        <div
          className={which === 'newest' ? 'notice attention row spread wrap' : 'notice row spread wrap'}
          role="status"
        >
          <span>
            {which === 'newest'
              ? provisional(facts, run)
              : 'A newer scan has found something already; this is the inventory from before.'}
          </span>
          {isOnly ? null : (
            <span className="segments" role="group" aria-label="What to look at">
              <Button className="segment" aria-pressed={which === 'published'} onPress={() => want('published')}>
                Inventory
              </Button>
              <Button className="segment" aria-pressed={which === 'newest'} onPress={() => want('newest')}>
                New scan
              </Button>
            </span>
          )}
        </div>
      ) : null}
    </>
  );
}

function provisional(facts: InventoryFacts | null, run: RunView | undefined): string {
  if (facts?.state === 'interrupted')
    return 'Provisional: the scan was broken off. This is what it had reached; it is no inventory.';
  const chunks = run?.snapshot?.chunks;
  const merged =
    chunks === undefined ? '' : ` ${formatCount(chunks.done)} of ${formatCount(chunks.planned)} chunks are in.`;
  return `Provisional: the scan is running.${merged} Sizes grow until it has ended.`;
}

/** With its host where another mount has the same name. */
function nameAmong(mounts: readonly MountView[], { name, hostName }: MountView): string {
  return mounts.filter((one) => one.name === name).length > 1 ? `${name} on ${hostName}` : name;
}
