import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { Plain } from '../../../shared/plain.ts';
import type { ScanSnapshot } from '../../../shared/snapshot.ts';
import { useNavigation } from '../../store/services.ts';
import { ago } from '../../words/time-words.ts';

const ASLEEP = 'While this computer sleeps, only running chunks go on.';

/** What a person should know about how the scan stands, beside its sentence. It has its room from the beginning: numbers below it stay where they are. */
export function StateNote({ snapshot }: { readonly snapshot: Plain<ScanSnapshot> | null }): ReactNode {
  return <div className="note-room">{snapshot === null ? <Asleep /> : <Note snapshot={snapshot} />}</div>;
}

function Note({ snapshot }: { readonly snapshot: Plain<ScanSnapshot> }): ReactNode {
  const go = useNavigation((navigation) => navigation.go);
  const { pauses, files, mountName, mountId, hostLostAtMs, slept } = snapshot;
  if (hostLostAtMs !== null)
    return (
      <p className="note attention">
        {snapshot.host} does not answer, since {ago(hostLostAtMs, Date.now())}. Workers that run there finish what they
        have; nothing new starts and nothing is merged until it is back. It is tried again by itself.
      </p>
    );
  if (pauses.length > 0)
    return (
      <ul className="note attention">
        {pauses.map(({ kind, text, sinceMs }) => (
          <li key={`${kind}-${sinceMs}`}>
            Paused {ago(sinceMs, Date.now())}, {text}.{' '}
            {kind === 'asked' ? 'The share is let go of until you resume.' : 'It goes on by itself when that is over.'}
          </li>
        ))}
      </ul>
    );
  if (slept !== undefined && slept !== null) return <Slept slept={slept} />;
  if (files === 0) return <Asleep />;
  return (
    <p className="note">
      So far provisional, to be seen in{' '}
      <Button className="link" onPress={() => go({ name: 'files', mountName, mountId })}>
        Files
      </Button>
      . {ASLEEP}
    </p>
  );
}

function Asleep(): ReactNode {
  return <p className="note">{ASLEEP}</p>;
}

/** "While this computer slept, 8 chunks finished and 312 waited. Continuing." */
export function Slept({ slept }: { readonly slept: NonNullable<Plain<ScanSnapshot>['slept']> }): ReactNode {
  return (
    <p className="note slept">
      {slept.text} <span className="muted">It woke up {ago(slept.atMs, Date.now())}.</span>
    </p>
  );
}
