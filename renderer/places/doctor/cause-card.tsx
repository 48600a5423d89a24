import type { ReactNode } from 'react';
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components';
import type { Finding, Fix } from '../../../shared/diagnosis.ts';
import { Chip } from '../../parts/bits.tsx';
import { Problem } from '../../parts/problem.tsx';
import { REFUSED } from '../../store/doctor-machine.ts';
import { useDoctor } from '../../store/services.ts';
import { useAct } from '../../store/use-request.ts';
import { counted } from '../../words/scan-words.ts';
import { buttonsOf, causeLabel } from '../../words/doctor-words.ts';
import { Marked, MarkedList } from './marked.tsx';
import { MoreAbout } from './more-about.tsx';

/** One cause: what, why, what was seen, and one thing to press with what it does. */
export function CauseCard({ finding }: { readonly finding: Finding }): ReactNode {
  const error = useDoctor((doctor) => doctor.error);
  const pass = useDoctor((doctor) => doctor.pass);
  const mute = useDoctor((doctor) => doctor.mute);
  return (
    <article className={`cause tone-edge-${finding.severity}`} aria-labelledby="cause-title">
      <Chip tone={finding.severity === 'problem' ? 'bad' : 'attention'}>{causeLabel(finding)}</Chip>
      <h1 id="cause-title" tabIndex={-1} data-step-heading>
        {finding.title}
      </h1>
      <p className="cause-seen">
        <Marked text={finding.seen} />
      </p>
      <p className="muted">
        <Marked text={finding.means} />
      </p>
      {error === null ? null : <Problem error={error} />}
      <Cure finding={finding} />
      <Evidence finding={finding} />
      <div className="cause-end">
        <Button className="button ghost" onPress={pass}>
          It’s something else
        </Button>
        {finding.key === REFUSED ? null : (
          <>
            <MoreAbout findingId={finding.id} />
            <Button className="button ghost" onPress={() => mute(finding.key)}>
              Don’t show this again
            </Button>
          </>
        )}
      </div>
    </article>
  );
}

/** The fix to press, or what to do by hand and then to look again. */
function Cure({ finding }: { readonly finding: Finding }): ReactNode {
  const press = useDoctor((doctor) => doctor.press);
  const again = useDoctor((doctor) => doctor.again);
  const retry = useDoctor((doctor) => doctor.retry);
  const { primary, others, copies } = buttonsOf(finding);
  // What is gone when it is looked at has no fix to press any more: it is the look that tells.
  const run = (fix: Fix): void => (fix.action?.do === 'look-again' ? again(finding.key) : press(fix));
  const byHand = primary === null || primary.action?.do === 'look-again';
  const advice = finding.advice.length === 0 ? null : <Advice advice={finding.advice} isFirst={byHand} />;
  return (
    <>
      {byHand ? advice : null}
      {copies.map((fix) => (
        <CopyText key={fix.id} fix={fix} />
      ))}
      <div className="cure">
        {finding.key === REFUSED ? (
          <>
            <Button className="button primary large" onPress={retry}>
              I’ve done that, scan again
            </Button>
            <p className="muted">The inventory from before stays until the new one is whole.</p>
          </>
        ) : primary === null ? (
          <>
            <Button className="button primary large" onPress={() => again(finding.key)}>
              I’ve done that, look again
            </Button>
            <p className="muted">Looks once more whether it is still so. Changes nothing.</p>
          </>
        ) : (
          <>
            <Button className="button primary large" onPress={() => run(primary)}>
              <Marked text={primary.label} />
            </Button>
            <p className="muted">
              <Marked text={primary.consequence} />
            </p>
          </>
        )}
      </div>
      {others.map((fix) => (
        <div key={fix.id} className="cure other">
          <Button className="button" onPress={() => run(fix)}>
            <Marked text={fix.label} />
          </Button>
          <p className="muted small">
            <Marked text={fix.consequence} />
          </p>
        </div>
      ))}
      {byHand ? null : advice}
    </>
  );
}

function Advice({ advice, isFirst }: { readonly advice: readonly string[]; readonly isFirst: boolean }): ReactNode {
  return (
    <section className="advice" aria-label="By hand">
      <h2>{isFirst ? 'What to do' : 'Or by hand'}</h2>
      <MarkedList sentences={advice} />
    </section>
  );
}

function CopyText({ fix }: { readonly fix: Fix }): ReactNode {
  const copy = useAct('clipboard.copy');
  const text = fix.copy ?? '';
  return (
    <div className="copy">
      <p>
        {fix.label} <span className="muted">{fix.consequence}</span>
      </p>
      <div className="row">
        <code className="copy-text">{text}</code>
        <Button className="button small" onPress={() => void copy.act({ text })}>
          Copy
        </Button>
      </div>
    </div>
  );
}

function Evidence({ finding }: { readonly finding: Finding }): ReactNode {
  const { evidence, explains } = finding;
  if (evidence.length === 0) return null;
  return (
    <Disclosure className="fine">
      <Heading level={2} className="fine-heading">
        <Button slot="trigger" className="fine-trigger">
          What we saw
        </Button>
      </Heading>
      <DisclosurePanel className="fine-panel">
        <ul className="evidence">
          {evidence.map((line) => (
            <li key={line}>
              <code>{line}</code>
            </li>
          ))}
        </ul>
        {explains.length === 0 ? null : (
          <p className="muted small">It explains {counted(explains.length, 'other thing')} that we saw.</p>
        )}
      </DisclosurePanel>
    </Disclosure>
  );
}
