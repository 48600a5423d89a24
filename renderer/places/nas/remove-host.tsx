import { useState, type ReactNode } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import type { HostView } from '../../../shared/hosts.ts';
import { Toggle } from '../../parts/choices.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useBytes } from '../../store/services.ts';
import { useAct, useRequest } from '../../store/use-request.ts';
import { counted } from '../../words/scan-words.ts';

const SHOWN = 40;

/** Forgetting a host says what stays, and what would go if it is cleaned as well. Its card goes with it, and this with the card. */
export function RemoveHost({ host, close }: { readonly host: HostView; readonly close: () => void }): ReactNode {
  const [cleans, clean] = useState(false);
  const [catalog, withCatalog] = useState(false);
  const remove = useAct('hosts.remove');
  const purge = useAct('hosts.purge');
  const asked = cleans ? { key: host.key, remove: false, catalog } : null;
  const { value, error, isLoading } = useRequest('hosts.purge', asked);
  const isBusy = remove.isBusy || purge.isBusy;
  const press = (): void =>
    void (cleans ? purge.act({ key: host.key, remove: true, catalog }) : remove.act({ key: host.key }));
  const failed = remove.error ?? purge.error ?? error;
  const items = value?.items ?? [];
  return (
    <ModalOverlay className="overlay centered" isOpen isDismissable={!isBusy} onOpenChange={close}>
      <Modal className="dialog">
        <Dialog className="dialog-inner" role="alertdialog">
          <Heading slot="title">Remove {host.name}?</Heading>
          <p>
            {cleans
              ? 'It is taken off this list, and what is named below goes.'
              : 'It is taken off this list. Inventories of it stay, and nothing on it is touched.'}
          </p>
          <Toggle on={cleans} set={clean} label="Also remove everything of ours from it" />
          {cleans ? <Toggle on={catalog} set={withCatalog} label="And its inventories on this computer" /> : null}
          {!cleans || error !== null ? null : (
            <div className="purge" aria-live="polite" aria-busy={isLoading}>
              {value === null ? (
                <p className="muted">Looking what is there …</p>
              ) : items.length === 0 ? (
                <p className="muted">Nothing of ours is there.</p>
              ) : (
                <Items items={items} />
              )}
            </div>
          )}
          {failed === null ? null : <Problem error={failed} />}
          <div className="row end">
            <Button className="button" onPress={close} isDisabled={isBusy}>
              Cancel
            </Button>
            <Button
              className="button danger"
              isPending={isBusy}
              isDisabled={cleans && (value === null || isLoading)}
              onPress={press}
            >
              {cleans && items.length > 0 ? `Remove it and ${counted(items.length, 'thing')}` : 'Remove'}
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Items({
  items,
}: {
  readonly items: readonly { readonly kind: string; readonly description: string; readonly bytes: number | null }[];
}): ReactNode {
  const bytes = useBytes();
  return (
    <ul className="plain small" aria-label="What goes">
      {items.slice(0, SHOWN).map(({ kind, description, bytes: size }) => (
        <li key={`${kind} ${description}`} className="on-host-item">
          <span className="on-host-kind">{kind}</span>
          <span className="path">{description}</span>
          <span className="muted">{size === null ? '' : bytes(size)}</span>
        </li>
      ))}
      {items.length > SHOWN ? <li className="muted">and {counted(items.length - SHOWN, 'other')}</li> : null}
    </ul>
  );
}
