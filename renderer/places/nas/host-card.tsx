import { useState, type ReactNode } from 'react';
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components';
import type { HostView } from '../../../shared/hosts.ts';
import { Chip } from '../../parts/bits.tsx';
import { HostSteps } from '../../parts/host-steps.tsx';
import { Icon } from '../../parts/icon.tsx';
import { MoreMenu, type MoreItem } from '../../parts/more-menu.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useDesktop, useNavigation } from '../../store/services.ts';
import { useAct } from '../../store/use-request.ts';
import { hostState, hostTitle, runsOf, sourceWords, stepsInShort } from '../../words/host-words.ts';
import { HostFactsLine } from '../new-scan/host-picker.tsx';
import { HostForm } from './host-form.tsx';
import { OnHostPart } from './on-host.tsx';
import { RemoveHost } from './remove-host.tsx';

/** One host: whether it answers, how its checks went, what can be done with it. */
export function HostCard({ host }: { readonly host: HostView }): ReactNode {
  const runs = runsOf(
    host,
    useDesktop((state) => state.runs),
  );
  const startScan = useNavigation((navigation) => navigation.newScanOn);
  const go = useNavigation((navigation) => navigation.go);
  const check = useAct('hosts.check');
  const prepare = useAct('hosts.prepare');
  const asDefault = useAct('hosts.default');
  const setUp = useAct('hosts.add');
  const [open, setOpen] = useState<'edit' | 'remove' | null>(null);
  const [shows, show] = useState(false);
  const state = hostState(host, runs);
  const { look, steps } = host;
  const title = hostTitle(host);
  const askDoctor = (): void =>
    go({
      name: 'doctor',
      host: host.host ?? undefined,
      symptom: look.state === 'failed' ? 'connect' : undefined,
    });
  const more: readonly MoreItem[] = [
    ...(look.state === 'ready' && host.host !== null ? [{ text: 'What’s wrong?', act: askDoctor }] : []),
    ...(host.source === 'added'
      ? [
          ...(host.isDefault ? [] : [{ text: 'Make default', act: () => void asDefault.act({ key: host.key }) }]),
          { text: 'Change …', act: () => setOpen('edit') },
          { text: 'Remove …', act: () => setOpen('remove'), isDangerous: true },
        ]
      : []),
  ];
  return (
    <article className="card host-card" aria-label={title}>
      <div className="card-head">
        <div>
          <h2>
            {title}
            {host.isDefault ? <span className="muted small"> · used when none is named</span> : null}
          </h2>
          <p className="muted path">{host.source === 'this' ? host.name : sourceWords(host)}</p>
        </div>
        <Chip tone={state.tone}>{state.text}</Chip>
      </div>
      <p className="muted small">
        {host.facts === null || host.kind === 'process' ? null : `${host.facts.operatingSystem}, `}
        <HostFactsLine host={host} />
      </p>
      {host.warning === null ? null : <p className="remark tone-attention">{host.warning}</p>}
      {look.state === 'checking' ? <HostSteps host={host} /> : null}
      {look.state === 'failed' ? (
        <>
          <Problem error={look.error} />
          {host.address.startsWith('ssh:') && wantsKey(look.error.code) ? (
            <div className="row spread">
              <p className="muted small">A scan has to come in by itself: with a key of this computer.</p>
              <Button
                className="button small"
                isPending={setUp.isBusy}
                onPress={() => void setUp.act({ name: host.name, address: host.address })}
              >
                Set up a key
              </Button>
            </div>
          ) : null}
          {setUp.error === null ? null : <Problem error={setUp.error} />}
          {steps.length === 0 ? null : <HostSteps host={host} />}
        </>
      ) : null}
      {look.state === 'ready' && steps.length > 0 ? (
        <Disclosure className="fold">
          <Heading level={3} className="fine-heading">
            <Button slot="trigger" className="fine-trigger">
              {stepsInShort(steps, look.atMs, Date.now())}
            </Button>
          </Heading>
          <DisclosurePanel className="fine-panel">
            <HostSteps host={host} />
          </DisclosurePanel>
        </Disclosure>
      ) : null}
      {look.state === 'ready' ? (
        <Disclosure className="fold" isExpanded={shows} onExpandedChange={show}>
          <Heading level={3} className="fine-heading">
            <Button slot="trigger" className="fine-trigger">
              What is there of ours
            </Button>
          </Heading>
          <DisclosurePanel className="fine-panel">{shows ? <OnHostPart host={host} /> : null}</DisclosurePanel>
        </Disclosure>
      ) : null}
      {look.state === 'ready' && steps.some(({ step, result }) => step === 'image' && result === 'note') ? (
        <div className="row spread">
          <p className="muted small">
            {prepare.isBusy
              ? 'The worker image is being built there …'
              : 'The worker image has to be built before a scan.'}
          </p>
          <Button
            className="button small"
            isPending={prepare.isBusy}
            onPress={() => void prepare.act({ key: host.key })}
          >
            Prepare
          </Button>
        </div>
      ) : null}
      {prepare.error === null ? null : <Problem error={prepare.error} />}
      {check.error === null || look.state === 'failed' ? null : <Problem error={check.error} />}
      {asDefault.error === null ? null : <Problem error={asDefault.error} />}
      <div className="row end host-actions">
        <MoreMenu of={title} items={more} />
        {look.state === 'failed' && host.host !== null ? (
          <Button className="button" onPress={askDoctor}>
            What’s wrong?
          </Button>
        ) : null}
        <Button
          className={look.state === 'ready' ? 'button' : 'button primary'}
          isPending={look.state === 'checking'}
          onPress={() => void check.act({ key: host.key })}
        >
          {look.state === 'unknown' ? 'Connect' : look.state === 'checking' ? 'Checking …' : 'Check again'}
        </Button>
        {look.state === 'ready' ? (
          <Button className="button primary" onPress={() => startScan(host.key)}>
            <Icon name="plus" /> New scan
          </Button>
        ) : null}
      </div>
      {open === 'edit' ? <HostForm host={host} close={() => setOpen(null)} done={() => undefined} /> : null}
      {open === 'remove' ? <RemoveHost host={host} close={() => setOpen(null)} /> : null}
    </article>
  );
}

/** What a key of this computer on the host would cure. */
function wantsKey(code: string): boolean {
  return code === 'SSH_NO_KEY' || code === 'SSH_LOGIN';
}
