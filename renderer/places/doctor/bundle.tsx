import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { Toggle } from '../../parts/choices.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useBytes, useDoctor } from '../../store/services.ts';
import { StepHead } from './step-head.tsx';

/** What it would hold is listed first; nothing is saved or sent by itself. */
export function Bundle({ leave }: { readonly leave: () => void }): ReactNode {
  const { bundle, hashPaths, saved, error, hash, save, toBundle } = useDoctor((doctor) => doctor);
  const bytes = useBytes();
  if (saved !== null)
    return (
      <div className="outcome">
        <span className="outcome-mark tone-good">
          <Icon name="check" />
        </span>
        <StepHead title="Saved.">
          <span className="path">{saved}</span>
        </StepHead>
        <p className="muted">
          Look into it before you give it away: it is a zip file of plain text. It was sent nowhere.
        </p>
        <div className="row">
          <Button className="button primary large" onPress={leave}>
            Done
          </Button>
        </div>
      </div>
    );
  return (
    <>
      <StepHead title="Hand it to somebody who can help">
        A support bundle is a zip file with what we saw. Names of users and hosts, keys and tokens are taken out.
      </StepHead>
      <Toggle on={hashPaths} set={hash} label="Hide the names of folders and files, too" />
      <div className="bundle" aria-busy={bundle === null}>
        {error !== null ? (
          <Problem error={error} again={toBundle} />
        ) : bundle === null ? (
          <p className="muted">Putting it together …</p>
        ) : (
          <ul className="plain">
            {bundle.map(({ name, bytes: size, what }) => (
              <li key={name} className="bundle-row">
                <code>{name}</code>
                <span className="muted">{what}</span>
                <span className="muted small">{bytes(size)}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
      <div className="row">
        <Button className="button primary large" isDisabled={bundle === null} onPress={save}>
          Save it …
        </Button>
        <Button className="button large" onPress={leave}>
          Not now
        </Button>
      </div>
    </>
  );
}
