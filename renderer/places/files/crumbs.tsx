import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { nameKey, type RelativePath } from '../../../shared/names.ts';
import { crumbs, shown } from '../../words/path-words.ts';

/** Deeper than this, the middle is left out. */
const MOST = 5;

export function Crumbs({
  mountName,
  path,
  go,
}: {
  readonly mountName: string;
  readonly path: RelativePath;
  readonly go: (path: RelativePath) => void;
}): ReactNode {
  const all = crumbs(path);
  const isLong = all.length > MOST;
  const seen = isLong ? all.slice(-(MOST - 1)) : all;
  return (
    <nav className="crumbs" aria-label="Folder">
      <Button
        className="crumb"
        onPress={() => go('')}
        {...(all.length === 0 ? { 'aria-current': 'page' as const } : {})}
      >
        {mountName}
      </Button>
      {isLong ? <span aria-hidden="true">/ …</span> : null}
      {seen.map((crumb, index) => (
        <span key={nameKey(crumb.path)} className="crumb-part">
          <span aria-hidden="true">/</span>
          <Button
            className="crumb"
            onPress={() => go(crumb.path)}
            {...(index === seen.length - 1 ? { 'aria-current': 'page' as const } : {})}
          >
            {shown(crumb.name)}
          </Button>
        </span>
      ))}
    </nav>
  );
}
