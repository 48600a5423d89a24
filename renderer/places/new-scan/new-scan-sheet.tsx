import { useEffect, type ReactNode } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { Icon } from '../../parts/icon.tsx';
import { useNavigation } from '../../store/services.ts';
import { NewScan } from './new-scan.tsx';

export function NewScanSheet(): ReactNode {
  const isOpen = useNavigation((navigation) => navigation.newScan);
  const hostKey = useNavigation((navigation) => navigation.newScanHost);
  const setOpen = useNavigation((navigation) => navigation.openNewScan);
  const go = useNavigation((navigation) => navigation.go);
  useEffect(() => {
    if (!isOpen) return;
    // What had the focus may be gone, as a folder that was walked into: then nothing in the sheet hears keys.
    const pressed = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && document.activeElement === document.body) setOpen(false);
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [isOpen, setOpen]);
  return (
    <ModalOverlay className="overlay" isOpen={isOpen} onOpenChange={setOpen} isDismissable>
      <Modal className="sheet">
        <Dialog className="sheet-inner">
          <div className="row spread">
            <Heading slot="title">New scan</Heading>
            <Button className="button ghost" aria-label="Close" onPress={() => setOpen(false)}>
              <Icon name="close" />
            </Button>
          </div>
          <NewScan
            hostKey={hostKey}
            started={(runId) => {
              setOpen(false);
              go({ name: 'scans', runId });
            }}
          />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
