import { useState, type ReactNode } from 'react';
import {
  Button,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
  Tab,
  TabList,
  TabPanel,
  Tabs,
} from 'react-aria-components';
import { isBusy } from '../../../shared/desktop-state.ts';
import type { RelativePath } from '../../../shared/names.ts';
import { Chip, Empty } from '../../parts/bits.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useDesktop, useNavigation } from '../../store/services.ts';
import { useRequest } from '../../store/use-request.ts';
import { ago } from '../../words/time-words.ts';
import { FolderView } from './folder-view.tsx';
import { AgeBars, LargestFiles, TypeBars } from './stat-lists.tsx';
import { MEASURES, type Measure } from './measures.ts';

const TOP = 100;

/** What is in an inventory: largest folders to walk through, largest files, types and ages. */
export function Files({
  mountName,
  path,
}: {
  readonly mountName: string | undefined;
  readonly path: RelativePath;
}): ReactNode {
  const mounts = useDesktop((state) => state.mounts) ?? [];
  const runs = useDesktop((state) => state.runs);
  const version = useDesktop((state) => state.catalogVersion);
  const go = useNavigation((navigation) => navigation.go);
  const [measure, setMeasure] = useState<Measure>('allocatedBytes');
  const done = mounts.filter(({ verdict }) => verdict !== null);
  const mount = done.find(({ name }) => name === mountName) ?? done[0];
  const stats = useRequest(
    'inventory.stats',
    mount === undefined ? null : { mountName: mount.name, top: TOP },
    version,
  );
  if (mount === undefined)
    return (
      <>
        <header className="head">
          <h1>Files</h1>
        </header>
        <Empty title={mounts.length > 0 ? 'No inventory yet' : 'Nothing is scanned yet'}>
          <p className="muted">What a scan finds is shown here when it has ended.</p>
        </Empty>
      </>
    );
  const scanning = Object.values(runs).some((run) => run.mountName === mount.name && isBusy(run));
  return (
    <>
      <header className="head with-actions">
        <div>
          <h1>Files</h1>
          <p className="muted">
            {mount.path} on {mount.hostName}
            {mount.scannedAtMs === null ? '' : `, inventoried ${ago(mount.scannedAtMs, Date.now())}`}
            {scanning ? <Chip tone="busy">A new scan runs; this is the inventory from before</Chip> : null}
          </p>
        </div>
        <div className="row">
          <Choice
            label="Mount point"
            value={mount.name}
            options={done.map(({ name }) => [name, name])}
            choose={(name) => go({ name: 'files', mountName: name })}
          />
          <Choice
            label="Sizes"
            value={measure}
            options={Object.entries(MEASURES)}
            choose={(key) => setMeasure(key as Measure)}
          />
        </div>
      </header>
      {stats.error === null ? null : <Problem error={stats.error} again={stats.again} />}
      <Tabs className="tabs">
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
        <TabPanel id="folders" className="tab-panel">
          <FolderView mountName={mount.name} mountPath={mount.path} path={path} measure={measure} version={version} />
        </TabPanel>
        <TabPanel id="largest" className="tab-panel">
          {stats.value === null ? (
            <p className="muted">Reading …</p>
          ) : (
            <LargestFiles stats={stats.value} mountPath={mount.path} measure={measure} />
          )}
        </TabPanel>
        <TabPanel id="types" className="tab-panel">
          {stats.value === null ? (
            <p className="muted">Reading …</p>
          ) : (
            <TypeBars stats={stats.value} measure={measure} />
          )}
        </TabPanel>
        <TabPanel id="ages" className="tab-panel">
          {stats.value === null ? (
            <p className="muted">Reading …</p>
          ) : (
            <AgeBars stats={stats.value} measure={measure} />
          )}
        </TabPanel>
      </Tabs>
    </>
  );
}

function Choice({
  label,
  value,
  options,
  choose,
}: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [string, string])[];
  readonly choose: (value: string) => void;
}): ReactNode {
  return (
    <Select className="select" value={value} onChange={(key) => (typeof key === 'string' ? choose(key) : undefined)}>
      <Label className="small muted">{label}</Label>
      <Button className="button">
        <SelectValue /> <span aria-hidden="true">▾</span>
      </Button>
      <Popover className="popover">
        <ListBox className="menu">
          {options.map(([id, text]) => (
            <ListBoxItem key={id} id={id} textValue={text} className="menu-item">
              {text}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}
