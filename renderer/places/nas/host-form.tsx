import { useEffect, useRef, useState, type ReactNode } from 'react';
import {
  Button,
  Dialog,
  FieldError,
  Form,
  Heading,
  Input,
  Label,
  Modal,
  ModalOverlay,
  Text,
  TextField,
} from 'react-aria-components';
import type { HostView, TlsChoice } from '../../../shared/hosts.ts';
import { HostSteps } from '../../parts/host-steps.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useDesktop } from '../../store/services.ts';
import { useAct } from '../../store/use-request.ts';
import { TlsFilesFields } from './tls-files.tsx';

const NO_FILES: TlsChoice = { ca: null, cert: null, key: null };

/** A host by its address, checked step by step before it is kept; or another name or address for one. */
export function HostForm({
  host = null,
  close,
  done,
}: {
  /** null: a new one. */
  readonly host?: HostView | null;
  readonly close: () => void;
  readonly done: (key: string) => void;
}): ReactNode {
  const [address, setAddress] = useState(host?.address ?? 'ssh://');
  const [typed, setName] = useState<string | null>(host?.name ?? null);
  const [tls, setTls] = useState<TlsChoice>(NO_FILES);
  const hasTls = /^tcp:/iu.test(address.trim());
  const draft = useDesktop((state) => state.hosts['draft']);
  const add = useAct('hosts.add');
  const edit = useAct('hosts.edit');
  const isBusy = add.isBusy || edit.isBusy;
  const error = add.error ?? edit.error;
  const name = typed ?? nameOf(address);
  // Until another name is typed.
  const [tried, setTried] = useState('');
  const isTaken = error?.code === 'HOST_NAME_TAKEN' && name.trim() === tried;
  const isCancelled = useRef(false);
  const nameField = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (isTaken && !isBusy) nameField.current?.focus();
  }, [isTaken, isBusy]);
  const submit = async (): Promise<void> => {
    const isSaid = hasTls && Object.values(tls).some((path) => path !== null);
    setTried(name.trim());
    const entry = { name: name.trim(), address: address.trim(), tls: isSaid ? tls : null };
    const kept = host === null ? await add.act(entry) : await edit.act({ key: host.key, ...entry });
    if (kept === null) return;
    // Whoever has cancelled meanwhile finds it among the hosts, and is led nowhere.
    if (isCancelled.current) return;
    done(kept.key);
    close();
  };
  const cancel = (): void => {
    isCancelled.current = true;
    close();
  };
  return (
    <ModalOverlay className="overlay centered" isOpen isDismissable={!isBusy} onOpenChange={cancel}>
      <Modal className="dialog">
        <Dialog className="dialog-inner">
          <Heading slot="title">{host === null ? 'Add a host' : `Change ${host.name}`}</Heading>
          <Form
            className="new-scan"
            onSubmit={(event) => {
              event.preventDefault();
              void submit();
            }}
          >
            <TextField className="field" value={address} onChange={setAddress} isRequired isDisabled={isBusy} autoFocus>
              <Label>Address</Label>
              <Input className="input path" spellCheck={false} placeholder="ssh://root@tower.local" />
              <Text slot="description" className="muted small">
                ssh://user@machine is best. tcp://machine:2376 and unix:///path work as well.
              </Text>
            </TextField>
            <TextField
              className="field"
              value={name}
              onChange={setName}
              isRequired
              isDisabled={isBusy}
              isInvalid={isTaken}
              // It is for the host to say: a changed address may make the name right, so it may be sent again.
              validationBehavior="aria"
              maxLength={64}
            >
              <Label>Name</Label>
              <Input ref={nameField} className="input" placeholder="tower" />
              <FieldError className="field-error">
                {isTaken ? `${error.message} Choose another name; that host stays as it is.` : ''}
              </FieldError>
            </TextField>
            {hasTls ? <TlsFilesFields tls={tls} set={setTls} isDisabled={isBusy} /> : null}
            {isBusy && draft !== undefined ? <HostSteps host={draft} /> : null}
            {error === null || isTaken || isBusy ? null : <Problem error={error} />}
            <div className="row end">
              <Button className="button" onPress={cancel}>
                {isBusy ? 'Close' : 'Cancel'}
              </Button>
              <Button
                type="submit"
                className="button primary"
                isPending={isBusy}
                isDisabled={name.trim() === '' || !/^[a-z]+:\/\/.+/iu.test(address.trim())}
              >
                {isBusy ? 'Checking …' : host === null ? 'Check and add' : 'Check and save'}
              </Button>
            </div>
          </Form>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** The machine's own name: `ssh://root@tower.local:22/…` → tower. */
export function nameOf(address: string): string {
  const machine = /^[a-z]+:\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/]*)/iu.exec(address.trim())?.[1] ?? '';
  return /^[\d.]+$|^\[/u.test(machine) ? machine.replace(/[[\]:]/gu, '') : (machine.split('.')[0] ?? '');
}
