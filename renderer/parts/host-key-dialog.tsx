import type { ReactNode } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useDesktop } from '../store/services.ts';
import { useAct } from '../store/use-request.ts';

/** A host key that nobody has seen: shown, and asked. Closing it means no. */
export function HostKeyDialog(): ReactNode {
  const question = useDesktop((state) => state.hostKeyQuestion);
  const answer = useAct('hosts.answerKey');
  if (question === null) return null;
  const say = (accept: boolean): void => void answer.act({ id: question.id, accept });
  return (
    <ModalOverlay className="overlay centered" isOpen onOpenChange={(isOpen) => (isOpen ? undefined : say(false))}>
      <Modal className="dialog">
        <Dialog className="dialog-inner" role="alertdialog">
          <Heading slot="title">Is this your host?</Heading>
          <p>
            <strong className="path">{question.address}</strong> shows a key that this computer has not seen before.
            Compare it with the one on the host; if they are the same, nobody stands in between.
          </p>
          <dl className="key-facts">
            <dt>Key</dt>
            <dd>{question.type}</dd>
            <dt>Fingerprint</dt>
            <dd>
              <code className="fingerprint">{question.fingerprint}</code>
            </dd>
            <dt>On the host</dt>
            <dd>
              <code className="fingerprint">ssh-keygen -lf /etc/ssh/ssh_host_{kindOf(question.type)}_key.pub</code>
            </dd>
          </dl>
          <div className="row end">
            <Button className="button" onPress={() => say(false)}>
              Don’t connect
            </Button>
            <Button className="button primary" onPress={() => say(true)}>
              They are the same, connect
            </Button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** As sshd names the file of such a key. */
function kindOf(type: string): string {
  return type.startsWith('ecdsa') ? 'ecdsa' : type === 'ssh-rsa' ? 'rsa' : 'ed25519';
}
