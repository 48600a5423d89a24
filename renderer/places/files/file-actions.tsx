import { useEffect, useState, type ReactNode } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import type { MountView } from '../../../shared/desktop-state.ts';
import type { FindQuery } from '../../../shared/files.ts';
import type { RelativePath } from '../../../shared/names.ts';
import { formatCount } from '../../../shared/units.ts';
import { Problem } from '../../parts/problem.tsx';
import { ShareField } from '../../parts/share-field.tsx';
import { useExport } from '../../store/services.ts';
import { useAct } from '../../store/use-request.ts';
import { wholePath } from '../../words/path-words.ts';
import type { Selected } from './selected.ts';

/** What can be done with the marked row, or with the folder that is shown. */
export function FileActions({
  mount,
  path,
  selected,
  query,
}: {
  readonly mount: MountView;
  readonly path: RelativePath;
  readonly selected: Selected | null;
  readonly query: FindQuery;
}): ReactNode {
  const [said, say] = useState('');
  const [asksWhere, askWhere] = useState(false);
  const copy = useAct('clipboard.copy');
  const open = useAct('files.open');
  const target = selected ?? { path, isDirectory: true };
  const key = JSON.stringify(target.path);
  useEffect(() => say(''), [key]);
  const openHere = async (): Promise<void> => {
    await open.act({ mountId: mount.mountId, path: target.path, isDirectory: target.isDirectory });
  };
  const isUnmapped = open.error?.code === 'NOT_MAPPED';
  return (
    <>
      <div className="row wrap file-actions">
        <Button
          className="button small"
          onPress={() => {
            void copy.act({ text: wholePath(mount.path, target.path) }).then(() => say('Path copied.'));
          }}
        >
          Copy path
        </Button>
        <Button className="button small" isPending={open.isBusy} onPress={() => void openHere()}>
          {target.isDirectory ? 'Open on this computer' : 'Show on this computer'}
        </Button>
        <Export query={query} />
        <span className="muted small" role="status">
          {said}
        </span>
      </div>
      {open.error === null || isUnmapped ? null : <Problem error={open.error} />}
      {isUnmapped ? (
        <div className="notice row spread wrap" role="alert">
          <span>Where {mount.name} is on this computer is not known yet.</span>
          <Button className="button small" onPress={() => askWhere(true)}>
            Say where
          </Button>
        </div>
      ) : null}
      <ModalOverlay className="overlay centered" isOpen={asksWhere} onOpenChange={askWhere} isDismissable>
        <Modal className="dialog">
          <Dialog className="dialog-inner">
            <Heading slot="title" level={2}>
              Where is {mount.name} on this computer?
            </Heading>
            <p className="muted">
              The address of the share, or the folder or drive that it is connected as. Files are shown in your file
              manager; nothing is opened or run.
            </p>
            <ShareField
              mount={mount}
              saved={() => {
                askWhere(false);
                void openHere();
              }}
            />
            <div className="row end">
              <Button className="button" slot="close">
                Cancel
              </Button>
            </div>
          </Dialog>
        </Modal>
      </ModalOverlay>
    </>
  );
}

/** Everything below the folder that is shown (and that a search finds), into a file. */
function Export({ query }: { readonly query: FindQuery }): ReactNode {
  const { isRunning, rows, saved, error, start, stop } = useExport((exporting) => exporting);
  const done = saved === null ? '' : `${formatCount(saved.rows)} rows are in ${saved.path}`;
  return (
    <>
      {isRunning ? (
        <Button className="button small" onPress={stop}>
          Stop export
        </Button>
      ) : (
        <Button className="button small" onPress={() => start(query)}>
          Export CSV …
        </Button>
      )}
      <span className="muted small path" role="status">
        {isRunning && rows > 0 ? `${formatCount(rows)} rows …` : done}
      </span>
      {error === null ? null : <Problem error={error} />}
    </>
  );
}
