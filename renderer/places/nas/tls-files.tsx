import type { ReactNode } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import type { TlsChoice } from '../../../shared/hosts.ts';
import { Problem } from '../../parts/problem.tsx';
import { useAct } from '../../store/use-request.ts';

const FILES: readonly (readonly [keyof TlsChoice, string, string])[] = [
  ['ca', 'Certificate of the authority', 'ca.pem'],
  ['cert', 'Your certificate', 'cert.pem'],
  ['key', 'Your key', 'key.pem'],
];

/** The PEM files of this computer that a Docker with TLS asks for; none for a Docker without it. */
export function TlsFilesFields({
  tls,
  set,
  isDisabled,
}: {
  readonly tls: TlsChoice;
  readonly set: (tls: TlsChoice) => void;
  readonly isDisabled: boolean;
}): ReactNode {
  const pick = useAct('hosts.pickFile');
  const choose = async (which: keyof TlsChoice): Promise<void> => {
    const picked = await pick.act(undefined);
    if (picked !== null) set({ ...tls, [which]: picked.path });
  };
  return (
    <fieldset className="tls">
      <legend>TLS files</legend>
      {FILES.map(([which, label, example]) => (
        <TextField
          key={which}
          className="tls-file"
          value={tls[which] ?? ''}
          onChange={(path) => set({ ...tls, [which]: path === '' ? null : path })}
          isDisabled={isDisabled}
        >
          <Label>{label}</Label>
          <div className="row">
            <Input className="input path" spellCheck={false} placeholder={`/home/me/.docker/${example}`} />
            <Button className="button" isDisabled={isDisabled} onPress={() => void choose(which)}>
              Choose …
            </Button>
          </div>
        </TextField>
      ))}
      <p className="muted small">
        Leave them empty for the files of your docker command, or where Docker listens without TLS. Only where they lie
        is kept.
      </p>
      {pick.error === null ? null : <Problem error={pick.error} />}
    </fieldset>
  );
}
