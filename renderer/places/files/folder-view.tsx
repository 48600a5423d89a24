import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { joinPath, nameKey, nameText, type RelativePath } from '../../../shared/names.ts';
import { formatCount } from '../../../shared/units.ts';
import { Bar, Empty } from '../../parts/bits.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useBytes, useNavigation } from '../../store/services.ts';
import { useAct, useRequest } from '../../store/use-request.ts';
import { crumbs } from '../../words/path-words.ts';
import { counted } from '../../words/scan-words.ts';
import { fractionOf, largestOf, sizeOf, type Measure } from './measures.ts';

const TOP = 200;

/** One folder: where it lies, its largest subfolders and files. A press goes into a folder. */
export function FolderView({
  mountName,
  mountPath,
  path,
  measure,
  version,
}: {
  readonly mountName: string;
  readonly mountPath: string;
  readonly path: RelativePath;
  readonly measure: Measure;
  readonly version: number;
}): ReactNode {
  const { value, error, again } = useRequest('inventory.folder', { mountName, path, top: TOP }, version);
  const copy = useAct('clipboard.copy');
  const go = useNavigation((navigation) => navigation.go);
  const bytes = useBytes();
  const open = (to: RelativePath): void => go({ name: 'files', mountName, path: to });
  if (error !== null) return <Problem error={error} again={again} />;
  const directories = [...(value?.directories ?? [])].sort((a, b) => compare(sizeOf(b, measure), sizeOf(a, measure)));
  const files = value?.ownFiles ?? [];
  const largest = largestOf([...directories, ...files].map((one) => sizeOf(one, measure)));
  const whole = `${mountPath.replace(/\/$/u, '')}/${nameText(path)}`;
  return (
    <>
      <div className="row spread wrap">
        <nav className="crumbs" aria-label="Folder">
          <Button className="crumb" onPress={() => open('')}>
            {mountName}
          </Button>
          {crumbs(path).map((crumb) => (
            <span key={nameKey(crumb.path)} className="crumb-part">
              <span aria-hidden="true">/</span>
              <Button className="crumb" onPress={() => open(crumb.path)}>
                {nameText(crumb.name)}
              </Button>
            </span>
          ))}
        </nav>
        <Button className="button small" onPress={() => void copy.act({ text: whole })}>
          Copy path
        </Button>
      </div>
      {value === null ? (
        <p className="muted">Reading …</p>
      ) : (
        <>
          <p className="muted">
            {bytes(sizeOf(value, measure))} in {counted(value.files, 'file')}
            {value.directoryCount > directories.length
              ? `; the largest ${formatCount(directories.length)} of ${formatCount(value.directoryCount)} folders are shown`
              : ''}
          </p>
          {directories.length + files.length === 0 ? <Empty title="This folder is empty" /> : null}
          <ul className="bars">
            {directories.map((directory) => (
              <li key={nameKey(directory.name)}>
                <Button className="bar-row" onPress={() => open(joinPath(path, directory.name))}>
                  <Icon name="folder" />
                  <span className="bar-name path">{nameText(directory.name)}</span>
                  <Bar fraction={fractionOf(sizeOf(directory, measure), largest)} />
                  <span className="bar-size">{directory.complete ? bytes(sizeOf(directory, measure)) : 'unknown'}</span>
                  <span className="bar-more muted small">{counted(directory.files, 'file')}</span>
                </Button>
              </li>
            ))}
            {files.map((file) => (
              <li key={`file-${nameKey(file.name)}`}>
                <div className="bar-row still">
                  <Icon name="file" />
                  <span className="bar-name path">{nameText(file.name)}</span>
                  <Bar fraction={fractionOf(sizeOf(file, measure), largest)} />
                  <span className="bar-size">{bytes(sizeOf(file, measure))}</span>
                  <span className="bar-more muted small">file</span>
                </div>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
