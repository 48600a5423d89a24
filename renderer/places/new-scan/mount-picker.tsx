import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { Button, Input, TextField } from 'react-aria-components';
import type { HostView } from '../../../shared/hosts.ts';
import type { PlaceKind } from '../../../shared/places.ts';
import { Icon } from '../../parts/icon.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useBytes, useDesktop } from '../../store/services.ts';
import { useRequest } from '../../store/use-request.ts';
import { below, parentOf } from '../../words/path-words.ts';
import { ago } from '../../words/time-words.ts';

const SHARES_SHOWN = 40;

/** What the host has to scan, shares first; else a path to type, or the directories of the host to walk through. */
export function MountPicker({
  host,
  path,
  setPath,
}: {
  readonly host: HostView | null;
  readonly path: string;
  readonly setPath: (path: string) => void;
}): ReactNode {
  const [shown, setShown] = useState<string | null>(null);
  const heading = useId();
  const before = useId();
  const platform = useDesktop((state) => state.platform);
  const mounts = useDesktop((state) => state.mounts);
  const recent = (mounts ?? []).filter((mount) => mount.hostName === host?.facts?.hostName);
  const top = platform === 'win32' && host?.kind === 'process' ? 'C:\\' : '/';
  const go = (to: string): void => {
    setPath(to);
    setShown(to);
  };
  return (
    <div className="field">
      <span id={heading}>Mount point</span>
      {shown !== null || host?.look.state !== 'ready' ? null : <Shares host={host} path={path} pick={setPath} />}
      {recent.length === 0 || shown !== null ? null : (
        <div className="row wrap" role="group" aria-labelledby={before}>
          <span id={before} className="muted small">
            Scanned before:
          </span>
          {recent.slice(0, 6).map((mount) => (
            <Button key={mount.path} className="button small" onPress={() => setPath(mount.path)}>
              {mount.name}
            </Button>
          ))}
        </div>
      )}
      <TextField value={path} onChange={setPath} isRequired aria-labelledby={heading}>
        <div className="row">
          <Input
            className="input path"
            placeholder="or type its path: /mnt/user/films"
            spellCheck={false}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || path === shown) return;
              event.preventDefault();
              setShown(path);
            }}
          />
          <Button
            className="button"
            isDisabled={host === null}
            onPress={() => (shown === null ? go(path === '' ? top : path) : setShown(null))}
          >
            {shown === null ? 'Browse' : 'Hide'}
          </Button>
        </div>
      </TextField>
      {shown === null || host === null ? null : <Directories host={host} path={shown} go={go} />}
    </div>
  );
}

/** What a person would call a share: what the host has of them, with what is known of each. Nothing where there is nothing of that kind. */
function Shares({
  host,
  path,
  pick,
}: {
  readonly host: HostView;
  readonly path: string;
  readonly pick: (path: string) => void;
}): ReactNode {
  const { value, error } = useRequest('mounts.places', { runtime: host.kind, host: host.host });
  const bytes = useBytes();
  if (error !== null || value?.places.length === 0) return null;
  if (value === null)
    return (
      <p className="shares looking muted small" role="status">
        Looking for shares …
      </p>
    );
  return (
    <ul className="shares" aria-label="Shares">
      {sharesFirst(value.places)
        .slice(0, SHARES_SHOWN)
        .map((place) => (
          <li key={place.path}>
            <Button
              className="browse-row"
              aria-pressed={place.path === path}
              isDisabled={place.problem !== null}
              onPress={() => pick(place.path)}
            >
              <Icon name="folder" />
              <span className="share-name">{place.name || place.path}</span>
              <span className="muted small">
                {place.problem ??
                  (place.known === null
                    ? `${place.kind}, never scanned`
                    : `${bytes(place.known.apparentBytes)}, scanned ${ago(place.known.scannedAtMs, Date.now())}`)}
              </span>
            </Button>
          </li>
        ))}
    </ul>
  );
}

const KINDS: readonly PlaceKind[] = [
  'share',
  'dataset',
  'volume',
  'network',
  'pool',
  'disk',
  'mount',
  'home',
  'system',
];

/** What people call a share, before the disks that it lies on and the system's own; each by name, as they came. */
function sharesFirst<P extends { readonly kind: PlaceKind }>(places: readonly P[]): P[] {
  return [...places].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
}

function Directories({
  host,
  path,
  go,
}: {
  readonly host: HostView;
  readonly path: string;
  readonly go: (path: string) => void;
}): ReactNode {
  const { value, error, isLoading, again } = useRequest('mounts.browse', { runtime: host.kind, host: host.host, path });
  const parent = parentOf(path);
  const box = useRef<HTMLDivElement>(null);
  const isThere = value !== null;
  useEffect(() => {
    // The folder that was pressed is gone with its list: whoever works by keyboard goes on in the new one.
    if (isThere && document.activeElement === document.body) box.current?.focus();
  }, [path, isThere]);
  if (error !== null) return <Problem error={error} again={again} />;
  return (
    <div
      ref={box}
      tabIndex={-1}
      className="browse"
      role="group"
      aria-label={`Directories of ${path}`}
      aria-busy={isLoading}
    >
      {parent === null ? null : (
        <Button className="browse-row" onPress={() => go(parent)}>
          <Icon name="up" /> Up to {parent}
        </Button>
      )}
      {value === null ? (
        <p className="muted browse-note">{host.kind === 'docker' ? 'Asking a worker there …' : 'Reading …'}</p>
      ) : value.directories.length === 0 ? (
        <p className="muted browse-note">No directories below this one.</p>
      ) : (
        value.directories.map((name) => (
          <Button key={name} className="browse-row" onPress={() => go(below(path, name))}>
            <Icon name="folder" /> {name}
          </Button>
        ))
      )}
      {value?.truncated === true ? <p className="muted browse-note">There are more; type the path.</p> : null}
    </div>
  );
}
