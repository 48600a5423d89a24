import { useState, type ReactNode } from 'react';
import { Button, FieldError, Form, Input, Label, TextField } from 'react-aria-components';
import { errorToJson, type ErrorJson } from '../../shared/errors.ts';
import { parseShareTarget, shareKey } from '../../shared/share-target.ts';
import { useDesktop, useServices } from '../store/services.ts';
import { Problem } from './problem.tsx';

interface Mount {
  readonly hostId: string;
  readonly hostKind: 'docker' | 'process';
  readonly path: string;
  readonly name: string;
}

/** Where a mount point is reached from this computer. Empty: it is not known, or it is where it is on its host. */
export function ShareField({ mount, saved }: { readonly mount: Mount; readonly saved?: () => void }): ReactNode {
  const shares = useDesktop(({ settings }) => settings.shares);
  const platform = useDesktop((state) => state.platform);
  const key = shareKey(mount);
  const kept = shares[key] ?? '';
  const [typed, type] = useState<string | null>(null);
  const { transport } = useServices();
  const [error, fail] = useState<ErrorJson | null>(null);
  const value = typed ?? kept;
  const parsed = value.trim() === '' ? null : parseShareTarget(value, platform);
  const save = async (): Promise<void> => {
    try {
      await transport.request('settings.change', { shares: { [key]: value.trim() === '' ? null : value.trim() } });
      fail(null);
      type(null);
      saved?.();
    } catch (problem) {
      fail(errorToJson(problem));
    }
  };
  return (
    <Form
      className="share-field"
      onSubmit={(event) => {
        event.preventDefault();
        if (parsed?.ok !== false) void save();
      }}
    >
      <TextField className="field" value={value} onChange={type} isInvalid={parsed?.ok === false}>
        <Label>
          {mount.name} <span className="muted small path">{mount.path}</span>
        </Label>
        <div className="row">
          <Input
            className="input"
            placeholder={mount.hostKind === 'process' ? mount.path : example(platform)}
            spellCheck={false}
          />
          <Button type="submit" className="button" isDisabled={value === kept || parsed?.ok === false}>
            Save
          </Button>
        </div>
        <FieldError className="field-error">{parsed?.ok === false ? parsed.reason : ''}</FieldError>
      </TextField>
      {error === null ? null : <Problem error={error} />}
    </Form>
  );
}

function example(platform: string): string {
  if (platform === 'win32') return 'Z:\\ or \\\\tower\\Videos';
  return platform === 'darwin' ? 'smb://tower/Videos or /Volumes/Videos' : 'smb://tower/Videos or /mnt/videos';
}
