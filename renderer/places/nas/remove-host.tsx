import type { ReactNode } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import type { HostView } from '../../../shared/hosts.ts';
import { Problem } from '../../parts/problem.tsx';
import { useAct } from '../../store/use-request.ts';

/** Forgetting a host says what stays. Its card goes with it, and this with the card. */
export function RemoveHost({ host, close }: { readonly host: HostView; readonly close: () => void }): ReactNode {
  const remove = useAct('hosts.remove');
  return (
    <ModalOverlay className="overlay centered" isOpen isDismissable onOpenChange={close}>
      <Modal className="dialog">
        <Dialog className="dialog-inner" role="alertdialog">
          <Heading slot="title">Remove {host.name}?</Heading>
          <p>
            It is taken off this list. Inventories of it stay, and nothing on it is touched: what is there of ours can
            be removed first, on its card.
          </p>
          {remove.error === null ? null : <Problem error={remove.error} />}
          <div className="row end">
            <Button className="button" onPress={close}>
              Cancel
            </Button>
            <Button
              className="button danger"
              isPending={remove.isBusy}
              onPress={() => void remove.act({ key: host.key })}
            >
              Remove
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
