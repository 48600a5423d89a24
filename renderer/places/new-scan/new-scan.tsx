import { useState, type ReactNode } from 'react';
import { Button, FieldError, Form, Input, Label, RadioGroup, TextField } from 'react-aria-components';
import type { LoadName } from '../../../shared/settings.ts';
import { formatCount } from '../../../shared/units.ts';
import { Option } from '../../parts/choices.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Steps } from '../../parts/step-slider.tsx';
import { useBytes, useDesktop } from '../../store/services.ts';
import { useHosts } from '../../store/use-hosts.ts';
import { useAct } from '../../store/use-request.ts';
import { LOAD_NAMES, LOADS } from '../../words/load-words.ts';
import { nameForMount } from '../../words/path-words.ts';
import { WHAT_IS_A_CHUNK } from '../../words/scan-words.ts';
import { FineTune } from './fine-tune.tsx';
import { HostPicker } from './host-picker.tsx';
import { MountPicker } from './mount-picker.tsx';
import { PlanPicture } from './plan-picture.tsx';
import { choicesOf, chunkSizeMeans, MOST_WORKERS, SIZES, usualOf, workersMean, type Tuned } from './tuned.ts';

const WORKERS = [null, ...Array.from({ length: MOST_WORKERS }, (_, at) => at + 1)];

/** Host, mount point, name, and Start scan; the rest has good defaults. */
export function NewScan({
  started,
  hostKey = null,
}: {
  readonly started: (runId: string) => void;
  /** Where it begins; null: the usual host. */
  readonly hostKey?: string | null;
}): ReactNode {
  const { hosts } = useHosts();
  const [chosen, choose] = useState<string | null>(hostKey);
  const [path, setPath] = useState('');
  const [typedName, setName] = useState<string | null>(null);
  const usual = useDesktop(({ settings }) => settings.scans);
  const [tuned, tune] = useState<Tuned>(() => usualOf(usual));
  const [load, setLoad] = useState<LoadName>(usual.load);
  const start = useAct('scan.start');
  const bytes = useBytes();
  const host =
    hosts.find(({ key }) => key === chosen) ??
    hosts.find(({ isDefault }) => isDefault) ??
    hosts.find(({ key }) => key === 'process') ??
    null;
  const hostName = host?.facts?.hostName ?? null;
  const known = useDesktop(
    ({ mounts }) => (mounts ?? []).find((mount) => mount.path === path && mount.hostName === hostName) ?? null,
  );
  const name = known?.name ?? typedName ?? nameForMount(path);
  const hasInventory = known !== null && known.verdict !== null;
  const submit = async (): Promise<void> => {
    if (host === null) return;
    const begun = await start.act({
      mountPath: path,
      mountName: name,
      mountId: known?.mountId ?? null,
      choices: { ...choicesOf(tuned, hasInventory), load, runtime: host.kind, host: host.host },
    });
    if (begun !== null) started(begun.runId);
  };
  return (
    <Form
      className="new-scan"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <HostPicker hosts={hosts} chosen={host} choose={choose} />
      <MountPicker key={host?.key} host={host} path={path} setPath={setPath} />
      <TextField
        className="field"
        value={name}
        onChange={setName}
        isDisabled={known !== null}
        isRequired
        maxLength={200}
        validate={(value) => (path !== '' && value.trim() === '' ? 'Give it a name.' : null)}
      >
        <Label>Name</Label>
        <Input className="input" placeholder="Films" />
        {known === null ? null : <p className="muted small">It was scanned before under this name.</p>}
        <FieldError className="field-error" />
      </TextField>
      <RadioGroup className="field" value={load} onChange={(key) => setLoad(key as LoadName)}>
        <Label>Load</Label>
        <div className="loads">
          {LOAD_NAMES.map((key) => (
            <Option key={key} value={key} className="radio">
              <span className="radio-dot" aria-hidden="true" />
              <span className="radio-text">
                {LOADS[key].name} <span className="muted small">{LOADS[key].means}</span>
              </span>
            </Option>
          ))}
        </div>
      </RadioGroup>
      <Steps
        label="Size of a chunk"
        values={SIZES}
        value={tuned.chunkBytes}
        set={(chunkBytes) => tune({ ...tuned, chunkBytes })}
        shown={`up to ${bytes(tuned.chunkBytes)}`}
        means={`${WHAT_IS_A_CHUNK} ${chunkSizeMeans(tuned.chunkBytes)}`}
      />
      <Steps
        label="Workers at once"
        values={WORKERS}
        value={tuned.workers}
        set={(workers) => tune({ ...tuned, workers })}
        shown={tuned.workers === null ? 'as the load allows' : `up to ${formatCount(tuned.workers)}`}
        means={workersMean(tuned.workers)}
      />
      <PlanPicture mountId={hasInventory ? known.mountId : null} tuned={tuned} />
      <FineTune tuned={tuned} tune={tune} host={host} />
      {start.error === null ? null : <Problem error={start.error} />}
      <div className="row end start-row">
        <Button
          type="submit"
          className="button primary large"
          isPending={start.isBusy}
          isDisabled={host === null || path === '' || name.trim() === ''}
        >
          Start scan
        </Button>
      </div>
    </Form>
  );
}
