import type { ReactNode } from 'react';
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components';
import { Chip } from '../../parts/bits.tsx';
import type { DoctorStore } from '../../store/doctor-store.ts';
import { quietWords, rowsOf } from '../../words/doctor-words.ts';
import { CheckRows } from './check-rows.tsx';
import { Marked } from './marked.tsx';

/** What else was found, and every check: there for whoever wants it. */
export function QuietFindings({ view }: { readonly view: DoctorStore }): ReactNode {
  const { diagnosis, step } = view;
  if (diagnosis === null) return null;
  const others = diagnosis.findings.filter(({ key }) => step.name !== 'cause' || step.key !== key);
  return (
    <Disclosure className="fine quiet">
      <Heading level={2} className="fine-heading">
        <Button slot="trigger" className="fine-trigger">
          All that was looked at: {quietWords(view)}
        </Button>
      </Heading>
      <DisclosurePanel className="fine-panel">
        {others.length === 0 ? null : (
          <ul className="list">
            {others.map(({ key, title, seen, severity }) => (
              <li key={key}>
                <Button className="list-row" onPress={() => view.back(key)}>
                  <span className="list-main">
                    <strong>{title}</strong>
                    <span className="muted">
                      <Marked text={seen} />
                    </span>
                  </span>
                  <Chip tone={severity === 'problem' ? 'bad' : 'attention'}>
                    {view.passed.includes(key) ? 'Tried' : severity === 'problem' ? 'Problem' : 'Worth knowing'}
                  </Chip>
                </Button>
              </li>
            ))}
          </ul>
        )}
        {diagnosis.muted.length === 0 ? null : (
          <ul className="plain small">
            {diagnosis.muted.map(({ key, title }) => (
              <li key={key} className="row spread">
                <span className="muted">{title} (not shown)</span>
                <Button className="button small" onPress={() => view.unmute(key)}>
                  Show again
                </Button>
              </li>
            ))}
          </ul>
        )}
        <CheckRows rows={rowsOf(view.checks, view.results, true)} />
      </DisclosurePanel>
    </Disclosure>
  );
}
