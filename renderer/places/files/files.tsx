import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Button, Input, SearchField, Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { isBusy, isRunOf, type MountView } from '../../../shared/desktop-state.ts';
import type { FindOrder, FindQuery, Measure, Which } from '../../../shared/files.ts';
import { joinPath, type RelativePath } from '../../../shared/names.ts';
import { Empty } from '../../parts/bits.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useSettled, useSlowed } from '../../parts/use-settled.ts';
import { useDesktop, useNavigation } from '../../store/services.ts';
import { useRequest } from '../../store/use-request.ts';
import { lastName } from '../../words/path-words.ts';
import { Crumbs } from './crumbs.tsx';
import { FileActions } from './file-actions.tsx';
import { FilesHead } from './files-head.tsx';
import { FolderView } from './folder-view.tsx';
import { FoundView } from './found-view.tsx';
import type { Selected } from './selected.ts';
import { TotalBars } from './total-bars.tsx';
import { useFind } from './use-find.ts';
import { useListing } from './use-listing.ts';

const TOP_TYPES = 200;
const TYPING_MS = 180;
/** What a running scan has merged is read again at most so often. */
const REFRESH_MS = 4_000;
/** What is in an inventory, or in what a scan has merged so far. */
export function Files({
  mountName,
  mountId,
  path,
}: {
  readonly mountName: string | undefined;
  readonly mountId: string | undefined;
  readonly path: RelativePath;
}): ReactNode {
  const mounts = useDesktop((state) => state.mounts);
  const problem = useDesktop((state) => state.catalogProblem);
  const openNewScan = useNavigation((navigation) => navigation.openNewScan);
  const seen = (mounts ?? []).filter(
    (mount) => mount.verdict !== null || mount.provisional !== null || mount.brokenOff,
  );
  const mount = seen.find((one) => one.mountId === mountId) ?? seen.find(({ name }) => name === mountName) ?? seen[0];
  if (mount !== undefined) return <FilesOf key={mount.mountId} mount={mount} mounts={seen} path={path} />;
  return (
    <>
      <header className="head">
        <h1>Files</h1>
      </header>
      {problem !== null ? (
        <Problem error={problem} />
      ) : mounts === null ? (
        <p className="muted">Reading …</p>
      ) : (
        <Empty title={mounts.length > 0 ? 'No inventory yet' : 'Nothing is scanned yet'}>
          <p className="muted">What a scan finds is shown here while it runs, and stays when it has ended.</p>
          <Button className="button primary" onPress={() => openNewScan(true)}>
            New scan
          </Button>
        </Empty>
      )}
    </>
  );
}

function FilesOf({
  mount,
  mounts,
  path,
}: {
  readonly mount: MountView;
  readonly mounts: readonly MountView[];
  readonly path: RelativePath;
}): ReactNode {
  const place = useNavigation((navigation) => navigation.go);
  const run = useDesktop(({ runs }) => Object.values(runs).find((one) => isRunOf(one, mount) && isBusy(one)));
  const catalogVersion = useDesktop((state) => state.catalogVersion);
  const [wanted, want] = useState<Which>('published');
  const [measure, setMeasure] = useState<Measure>('allocatedBytes');
  const [typed, type] = useState('');
  const [order, setOrder] = useState<FindOrder>('size');
  const [tab, setTab] = useState('folders');
  const [active, activate] = useState<number | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const hasNewest = mount.provisional !== null || mount.brokenOff;
  const which: Which = mount.verdict === null ? 'newest' : hasNewest ? wanted : 'published';
  const merged = useSlowed(run?.snapshot?.chunks.done ?? 0, REFRESH_MS);
  const version = catalogVersion * 1_000_000 + (which === 'newest' ? merged : 0);
  const text = useSettled(typed, TYPING_MS);
  const base: Omit<FindQuery, 'text' | 'kinds'> = { mountId: mount.mountId, which, below: path, order, measure };
  const isSearching = typed !== '';
  const listing = useListing({ mountId: mount.mountId, which, path, measure }, version);
  const searched: FindQuery = { ...base, text, kinds: 'all' };
  const found = useFind('search', isSearching && text !== '' ? searched : null, version);
  const largest = useFind(
    'largest',
    !isSearching && tab === 'largest' ? { ...base, text: '', kinds: 'files', order: 'size' } : null,
    version,
  );
  const totals = useRequest('files.totals', { mountId: mount.mountId, which, top: TOP_TYPES }, version);
  const key = JSON.stringify([path, which, measure, tab, text, order]);
  useEffect(() => activate(null), [key]);
  const go = (to: RelativePath): void => {
    type('');
    setTab('folders');
    place({ name: 'files', mountName: mount.name, mountId: mount.mountId, path: to });
  };
  useKeys(search, () => {
    if (path !== '') go(lastName(path).parent);
  });
  const views = { measure, active, activate, go };
  const marked = (): Selected | null => {
    if (active === null) return null;
    const foundRow = isSearching ? found.rows[active] : tab === 'largest' ? largest.rows[active] : undefined;
    if (foundRow !== undefined) return { path: foundRow.path, isDirectory: foundRow.kind === 'directory' };
    const row = isSearching || tab !== 'folders' ? undefined : listing.row(active);
    return row === undefined ? null : { path: joinPath(path, row.name), isDirectory: row.kind === 'directory' };
  };
  return (
    <div className="files">
      <FilesHead
        mount={mount}
        mounts={mounts}
        which={which}
        want={hasNewest && mount.verdict !== null ? want : null}
        facts={listing.head?.facts ?? null}
        run={run}
        measure={measure}
        setMeasure={setMeasure}
      />
      <div className="row spread files-bar">
        <Crumbs mountName={mount.name} path={path} go={go} />
        <SearchField className="file-search" aria-label="Find by name" value={typed} onChange={type} maxLength={255}>
          <Input ref={search} className="input" placeholder="Find by name in this folder" spellCheck={false} />
          <Button className="button ghost" aria-label="Clear">
            <Icon name="close" />
          </Button>
        </SearchField>
      </div>
      <FileActions
        mount={mount}
        path={path}
        selected={marked()}
        query={{ ...searched, text: isSearching ? text : '' }}
      />
      {isSearching ? (
        <section className="file-panel" aria-label="Found">
          <FoundView
            {...views}
            found={found}
            order={order}
            label="Found"
            empty={`Nothing here has “${text}” in its name`}
            setOrder={setOrder}
          />
        </section>
      ) : (
        <Tabs className="tabs file-panel" selectedKey={tab} onSelectionChange={(to) => setTab(String(to))}>
          <TabList className="tab-list" aria-label="What to see">
            <Tab id="folders" className="tab">
              Folders
            </Tab>
            <Tab id="largest" className="tab">
              Largest files
            </Tab>
            <Tab id="types" className="tab">
              Types
            </Tab>
            <Tab id="ages" className="tab">
              Ages
            </Tab>
          </TabList>
          <TabPanel id="folders" className="tab-panel file-panel">
            <FolderView {...views} listing={listing} path={path} />
          </TabPanel>
          <TabPanel id="largest" className="tab-panel file-panel">
            <FoundView {...views} found={largest} order="size" label="Largest files" empty="No files here" />
          </TabPanel>
          <TabPanel id="types" className="tab-panel">
            <TotalBars totals={totals} by="types" measure={measure} find={type} />
          </TabPanel>
          <TabPanel id="ages" className="tab-panel">
            <TotalBars totals={totals} by="ages" measure={measure} find={type} />
          </TabPanel>
        </Tabs>
      )}
    </div>
  );
}

/** Ctrl or ⌘ with F: to the search; Alt and up: the folder above. */
function useKeys(search: React.RefObject<HTMLInputElement | null>, up: () => void): void {
  const newest = useRef(up);
  newest.current = up;
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.key === 'f') search.current?.focus();
      else if (event.altKey && event.key === 'ArrowUp') newest.current();
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [search]);
}
