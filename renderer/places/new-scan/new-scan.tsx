import { useState, type ReactNode } from 'react';
import { Button, FieldError, Form, Input, Label, RadioGroup, TextField } from 'react-aria-components';
import type { HostReport } from '../../../shared/inventory.ts';
import { EXCLUDE_PRESETS, type LoadName } from '../../../shared/settings.ts';
import { Option } from '../../parts/choices.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useDesktop } from '../../store/services.ts';
import { useAct, useRequest } from '../../store/use-request.ts';
import { LOAD_NAMES, LOADS } from '../../words/load-words.ts';
import { nameForMount } from '../../words/path-words.ts';
import { FineTune, type Tuned } from './fine-tune.tsx';
import { HostPicker } from './host-picker.tsx';
import { MountPicker } from './mount-picker.tsx';

/** Host, mount point, name, and Start scan; the rest has good defaults and is one press away. */
export function NewScan({ started }: { readonly started: (runId: string) => void }): ReactNode {
  const hosts = useRequest('hosts.look', undefined);
  const [chosen, choose] = useState<HostReport['kind'] | null>(null);
  const [path, setPath] = useState('');
  const [typedName, setName] = useState<string | null>(null);
  const usual = useDesktop(({ settings }) => settings.scans);
  const [tuned, tune] = useState<Tuned>(() => ({
    chunkBytes: usual.chunkBytes,
    workers: usual.maxContainers,
    withoutLitter: usual.withoutLitter,
    measure: false,
  }));
  const known = useDesktop(({ mounts }) => (mounts ?? []).find((mount) => mount.path === path) ?? null);
  const [load, setLoad] = useState<LoadName>(usual.load);
  const start = useAct('scan.start');
  const host = chosen ?? 'process';
  const name = known?.name ?? typedName ?? nameForMount(path);
  const submit = async (): Promise<void> => {
    const begun = await start.act({
      mountPath: path,
      mountName: name,
      choices: {
        runtime: host,
        load,
        planWay: tuned.measure ? 'measure' : known === null ? 'fast-start' : 'auto',
        chunkBytes: tuned.chunkBytes,
        maxContainers: tuned.workers,
        excludes: tuned.withoutLitter ? [...(EXCLUDE_PRESETS['nas'] ?? [])] : [],
      },
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
      <MountPicker host={host} path={path} setPath={setPath} />
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
              <span className="radio-dot" aria-hidden="true" /> {LOADS[key].name}
              <span className="muted small">{LOADS[key].means}</span>
            </Option>
          ))}
        </div>
      </RadioGroup>
      <FineTune tuned={tuned} tune={tune} />
      {start.error === null ? null : <Problem error={start.error} />}
      <div className="row end">
        <Button
          type="submit"
          className="button primary large"
          isPending={start.isBusy}
          isDisabled={path === '' || name.trim() === ''}
        >
          Start scan
        </Button>
      </div>
    </Form>
  );
}
