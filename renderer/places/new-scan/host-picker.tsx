import { useRef, useState, type ReactNode } from 'react';
import { Button, Label, RadioGroup } from 'react-aria-components';
import type { HostView } from '../../../shared/hosts.ts';
import { Chip } from '../../parts/bits.tsx';
import { Option } from '../../parts/choices.tsx';
import { HostSteps } from '../../parts/host-steps.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useBytes, useDesktop } from '../../store/services.ts';
import { useAct } from '../../store/use-request.ts';
import { hostState, hostTitle, runsOf, sourceWords } from '../../words/host-words.ts';
import { counted } from '../../words/scan-words.ts';
import { HostForm } from '../nas/host-form.tsx';

const SHOWN = 6;

/** The hosts that there are; picking one that was not asked yet goes the way to it, step by step. */
export function HostPicker({
  hosts,
  chosen,
  choose,
}: {
  readonly hosts: readonly HostView[];
  readonly chosen: HostView | null;
  readonly choose: (key: string) => void;
}): ReactNode {
  const check = useAct('hosts.check');
  const [all, showAll] = useState(false);
  const [adding, add] = useState(false);
  const shown = all ? hosts : hosts.filter((host, index) => index < SHOWN || host.key === chosen?.key);
  /** What was picked last: an answer that comes after another was picked changes nothing. */
  const picked = useRef<string | null>(null);
  const ask = async (key: string): Promise<void> => {
    picked.current = key;
    const asked = await check.act({ key });
    if (asked !== null && picked.current === key) choose(asked.key);
  };
  const pick = (key: string): void => {
    picked.current = key;
    choose(key);
    const host = hosts.find((one) => one.key === key);
    if (host?.look.state === 'unknown' || host?.look.state === 'failed') void ask(key);
  };
  return (
    <div className="field">
      <RadioGroup className="field" value={chosen?.key ?? null} onChange={pick}>
        <Label>Where are the files?</Label>
        {hosts.length === 0 ? <p className="muted">Looking for hosts …</p> : null}
        <div className="choices">
          {shown.map((host) => (
            <HostOption key={host.key} host={host} />
          ))}
        </div>
      </RadioGroup>
      <div className="row">
        {shown.length < hosts.length ? (
          <Button className="button small" onPress={() => showAll(true)}>
            Show all {hosts.length}
          </Button>
        ) : null}
        <Button className="button small" onPress={() => add(true)}>
          <Icon name="plus" /> Another host …
        </Button>
      </div>
      {chosen === null || chosen.kind === 'process' ? null : <Way host={chosen} again={() => void ask(chosen.key)} />}
      {adding ? <HostForm close={() => add(false)} done={choose} /> : null}
    </div>
  );
}

function HostOption({ host }: { readonly host: HostView }): ReactNode {
  const runs = useDesktop((state) => state.runs);
  const state = hostState(host, runsOf(host, runs));
  return (
    <Option value={host.key} className="choice">
      <span className="choice-title">
        {hostTitle(host)}
        <Chip tone={state.tone}>{state.text}</Chip>
      </span>
      <span className="muted small">{host.source === 'this' ? host.name : sourceWords(host)}</span>
      <span className="muted small">
        <HostFactsLine host={host} />
      </span>
    </Option>
  );
}

/** The steps while they are passed, and what is in the way; nothing where all is well and was known to be. */
function Way({ host, again }: { readonly host: HostView; readonly again: () => void }): ReactNode {
  const { look, steps } = host;
  if (look.state === 'failed')
    return (
      <div className="way">
        {steps.length === 0 ? null : <HostSteps host={host} />}
        <Problem error={look.error} again={again} />
      </div>
    );
  if (look.state === 'unknown' || steps.length === 0) return null;
  return (
    <div className="way">
      <HostSteps host={host} />
      {host.warning === null ? null : <p className="remark tone-attention">{host.warning}</p>}
    </div>
  );
}

export function HostFactsLine({ host }: { readonly host: HostView }): ReactNode {
  const bytes = useBytes();
  if (host.facts === null)
    return host.kind === 'process' ? 'One process per chunk' : 'One container per chunk, mounted read-only';
  const { cpus, memoryBytes } = host.facts;
  return `${counted(cpus, 'processor')}, ${bytes(memoryBytes)} memory, ${
    host.kind === 'docker' ? 'one container per chunk' : 'one process per chunk'
  }`;
}
