import { useState, type ReactNode } from 'react';
import { Button, Dialog, DialogTrigger, Heading, Modal, ModalOverlay } from 'react-aria-components';
import type { FindingSection } from '../../../shared/diagnosis.ts';
import { Chip } from '../../parts/bits.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useRequest } from '../../store/use-request.ts';
import { Marked, MarkedList } from './marked.tsx';

/** The finding's section of the troubleshooting page; it leads on to those of what it may come of, and of what comes of it. */
export function MoreAbout({ findingId }: { readonly findingId: string }): ReactNode {
  return (
    <DialogTrigger>
      <Button className="button ghost">More about it</Button>
      <ModalOverlay className="overlay centered" isDismissable>
        <Modal className="dialog">
          <Dialog className="dialog-inner">{({ close }) => <Sections first={findingId} close={close} />}</Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  );
}

function Sections({ first, close }: { readonly first: string; readonly close: () => void }): ReactNode {
  const [trail, go] = useState<readonly string[]>([first]);
  const { value, error } = useRequest('doctor.section', { findingId: trail.at(-1) ?? first });
  // What was read last stays until the next is there: no dialog that shrinks and grows.
  const [last, keep] = useState(value);
  if (value !== null && value !== last) keep(value);
  const shown = value ?? last;
  return (
    <>
      <Heading slot="title">{shown?.title ?? 'More about it'}</Heading>
      {error === null ? null : <Problem error={error} />}
      {shown === null ? null : <Section section={shown} open={(id) => go([...trail, id])} />}
      <div className="row end">
        {trail.length < 2 ? null : (
          <Button className="button" onPress={() => go(trail.slice(0, -1))}>
            Back
          </Button>
        )}
        <Button className="button primary" onPress={close} autoFocus>
          Close
        </Button>
      </div>
    </>
  );
}

function Section(props: { readonly section: FindingSection; readonly open: (id: string) => void }): ReactNode {
  const { severity, means, advice, foundBy, explains, explainedBy } = props.section;
  return (
    <div className="about-finding">
      <p>
        <Chip tone={severity === 'problem' ? 'bad' : 'attention'}>
          {severity === 'problem' ? 'A problem' : 'Worth knowing'}
        </Chip>
      </p>
      <p>
        <Marked text={means} />
      </p>
      <h3>What helps</h3>
      <MarkedList sentences={advice} />
      <h3>How it is found</h3>
      <p>
        By the check{foundBy.length === 1 ? '' : 's'} {foundBy.map((title) => `“${title}”`).join(', ')}.
      </p>
      <Links title="What it may come of" of={explainedBy} open={props.open} />
      <Links title="What comes of it" of={explains} open={props.open} />
    </div>
  );
}

function Links(props: {
  readonly title: string;
  readonly of: FindingSection['explains'];
  readonly open: (id: string) => void;
}): ReactNode {
  if (props.of.length === 0) return null;
  return (
    <>
      <h3>{props.title}</h3>
      <ul>
        {props.of.map(({ id, title }) => (
          <li key={id}>
            <Button className="link" onPress={() => props.open(id)}>
              {title}
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}
