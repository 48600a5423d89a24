import { useState, type ReactNode } from 'react';
import { Button, Dialog, Form, Heading, Input, Label, Modal, ModalOverlay, TextField } from 'react-aria-components';
import type { HostQuestion } from '../../shared/hosts.ts';
import { useDesktop } from '../store/services.ts';
import { useAct } from '../store/use-request.ts';

type Of<K extends HostQuestion['kind']> = Extract<HostQuestion, { readonly kind: K }>;
type Say = (answer: boolean | string | null) => void;

/** What a connection needs somebody for. Closing it means no. */
export function QuestionDialog(): ReactNode {
  const question = useDesktop((state) => state.question);
  const answer = useAct('hosts.answer');
  if (question === null) return null;
  const say: Say = (said) => void answer.act({ id: question.id, answer: said });
  return (
    <ModalOverlay className="overlay centered" isOpen onOpenChange={(isOpen) => (isOpen ? undefined : say(null))}>
      <Modal className="dialog">
        <Dialog className="dialog-inner" role="alertdialog">
          <Question key={question.id} question={question} say={say} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Question({ question, say }: { readonly question: HostQuestion; readonly say: Say }): ReactNode {
  switch (question.kind) {
    case 'host-key':
      return <HostKey question={question} say={say} />;
    case 'passphrase':
      return (
        <Secret
          title={question.of === 'ssh-key' ? 'Passphrase of your SSH key' : 'Passphrase of your TLS key'}
          label="Passphrase"
          say={say}
        >
          <strong className="path">{question.path}</strong> is locked.{' '}
          {question.isKept
            ? 'Its passphrase is kept by the key store of this computer, once it was right.'
            : 'Its passphrase is kept until the app ends, and on no disk.'}
        </Secret>
      );
    case 'password':
      return (
        <Secret title="Password, once" label={`Password of ${question.who}`} say={say}>
          It is used to put the key there, and kept nowhere.
        </Secret>
      );
    case 'key-setup':
      return <KeySetup question={question} say={say} />;
    case 'paste':
      return <Paste question={question} say={say} />;
  }
}

function HostKey({ question, say }: { readonly question: Of<'host-key'>; readonly say: Say }): ReactNode {
  return (
    <>
      <Heading slot="title">Is this your host?</Heading>
      <p>
        <strong className="path">{question.address}</strong> shows a key that this computer has not seen before. Compare
        it with the one on the host; if they are the same, nobody stands in between.
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
    </>
  );
}

function Secret({
  title,
  label,
  say,
  children,
}: {
  readonly title: string;
  readonly label: string;
  readonly say: Say;
  readonly children: ReactNode;
}): ReactNode {
  const [typed, type] = useState('');
  return (
    <Form
      className="new-scan"
      onSubmit={(event) => {
        event.preventDefault();
        say(typed);
      }}
    >
      <Heading slot="title">{title}</Heading>
      <p>{children}</p>
      <TextField className="field" type="password" value={typed} onChange={type} autoFocus maxLength={10_000}>
        <Label>{label}</Label>
        <Input className="input" autoComplete="off" />
      </TextField>
      <div className="row end">
        <Button className="button" onPress={() => say(null)}>
          Cancel
        </Button>
        <Button type="submit" className="button primary" isDisabled={typed === ''}>
          Go on
        </Button>
      </div>
    </Form>
  );
}

function KeySetup({ question, say }: { readonly question: Of<'key-setup'>; readonly say: Say }): ReactNode {
  return (
    <>
      <Heading slot="title">Set up a key?</Heading>
      <p>
        <strong className="path">{question.address}</strong> lets nobody in without a password yet. A scan has to come
        in by itself, so a key of this computer is put there.
      </p>
      <div className="row end wrap">
        <Button className="button" onPress={() => say(null)}>
          Don’t set one up
        </Button>
        <Button className="button" onPress={() => say('paste')}>
          I’ll put it there myself
        </Button>
        <Button className="button primary" onPress={() => say('password')}>
          With the password, asked once
        </Button>
      </div>
    </>
  );
}

function Paste({ question, say }: { readonly question: Of<'paste'>; readonly say: Say }): ReactNode {
  const copy = useAct('clipboard.copy');
  return (
    <>
      <Heading slot="title">Put this line there</Heading>
      <p>
        Add it to <code>~/.ssh/authorized_keys</code> on the host; on Unraid also to{' '}
        <code>/boot/config/ssh/root/authorized_keys</code>, so that it is there after a restart.
      </p>
      <code className="fingerprint">{question.line}</code>
      <div className="row end wrap">
        <Button className="button" onPress={() => void copy.act({ text: question.line })}>
          Copy
        </Button>
        <Button className="button" onPress={() => say(false)}>
          Cancel
        </Button>
        <Button className="button primary" onPress={() => say(true)}>
          It is there, go on
        </Button>
      </div>
    </>
  );
}

/** As sshd names the file of such a key. */
function kindOf(type: string): string {
  return type.startsWith('ecdsa') ? 'ecdsa' : type === 'ssh-rsa' ? 'rsa' : 'ed25519';
}
