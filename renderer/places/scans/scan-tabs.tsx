import { memo, type ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import type { Certificate } from '../../../shared/certificate.ts';
import type { Plain } from '../../../shared/plain.ts';
import type { ScanSnapshot } from '../../../shared/snapshot.ts';
import { Empty } from '../../parts/bits.tsx';
import type { ScanTab } from '../../store/navigation-store.ts';
import { useDesktop } from '../../store/services.ts';
import { CertificateView } from './certificate-view.tsx';
import { ChunkPanel } from './chunk-panel.tsx';
import { ProblemList } from './problem-list.tsx';
import { RateChart } from './rate-chart.tsx';
import { RunningWorkers } from './running-workers.tsx';
import type { ChunkView } from './use-chunks.ts';

interface ScanTabsProps {
  readonly scanId: string;
  /** null: it is no run of this app. */
  readonly runId: string | null;
  readonly busy: boolean;
  readonly name: string;
  readonly mountId: string | null;
  readonly chunks: readonly ChunkView[];
  readonly isKnown: boolean;
  readonly certificate: Plain<Certificate> | null;
  readonly problems: number;
  readonly shown: ScanTab;
  readonly show: (tab: ScanTab) => void;
  readonly picked: number | null;
  readonly pick: (chunkId: number | null) => void;
}

/** Below the numbers of a scan. Its parts look at the snapshot, which is another one four times a second, themselves: the tabs need not. */
export const ScanTabs = memo(function ScanTabs({
  scanId,
  runId,
  busy,
  name,
  mountId,
  chunks,
  isKnown,
  certificate,
  problems,
  shown,
  show,
  picked,
  pick,
}: ScanTabsProps): ReactNode {
  return (
    <Tabs className="tabs" selectedKey={shown} onSelectionChange={(key) => show(key as ScanTab)}>
      <TabList className="tab-list" aria-label="About this scan">
        <Tab id="progress" className="tab">
          Progress
        </Tab>
        <Tab id="problems" className="tab">
          Problems{problems === 0 ? '' : ` (${problems})`}
        </Tab>
        {certificate === null ? null : (
          <Tab id="certificate" className="tab">
            Certificate
          </Tab>
        )}
      </TabList>
      <TabPanel id="progress" className={busy && runId !== null ? 'tab-panel progress-columns' : 'tab-panel'}>
        <ChunkPanel
          scanId={scanId}
          runId={busy ? runId : null}
          chunks={chunks}
          isKnown={isKnown}
          picked={picked}
          pick={pick}
        />
        {busy && runId !== null ? <Now runId={runId} /> : null}
      </TabPanel>
      <TabPanel id="problems" className="tab-panel">
        <Problems
          runId={runId}
          chunks={chunks}
          certificate={certificate}
          retry={busy ? null : { mountName: name, mountId, scanId }}
          openChunk={(id) => {
            pick(id);
            show('progress');
          }}
        />
      </TabPanel>
      <TabPanel id="certificate" className="tab-panel">
        {certificate === null ? (
          <Empty title="The scan has no certificate yet." />
        ) : (
          <CertificateView certificate={certificate} />
        )}
      </TabPanel>
    </Tabs>
  );
});

function useSnapshot(runId: string | null): Plain<ScanSnapshot> | null {
  return useDesktop(({ runs }) => (runId === null ? null : (runs[runId]?.snapshot ?? null)));
}

function Now({ runId }: { readonly runId: string }): ReactNode {
  const snapshot = useSnapshot(runId);
  if (snapshot === null) return null;
  return (
    <div className="now">
      <RunningWorkers snapshot={snapshot} />
      <RateChart runId={runId} snapshot={snapshot} />
    </div>
  );
}

function Problems({
  runId,
  ...list
}: Omit<Parameters<typeof ProblemList>[0], 'snapshot'> & { readonly runId: string | null }): ReactNode {
  return <ProblemList snapshot={useSnapshot(runId)} {...list} />;
}
