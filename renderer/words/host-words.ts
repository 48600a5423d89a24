import { isBusy, type MountView, type RunView } from '../../shared/desktop-state.ts';
import type { HostStep, HostView } from '../../shared/hosts.ts';
import { ago } from './time-words.ts';
import type { Said } from './scan-words.ts';

/** Where it was found, for those who wonder. */
export function sourceWords(host: Pick<HostView, 'source' | 'address' | 'facts'>): string {
  switch (host.source) {
    case 'this':
      return 'Plain processes, no Docker';
    case 'socket':
      return host.address;
    case 'environment':
      return `DOCKER_HOST, ${host.address}`;
    case 'context':
      return `Docker context, ${host.address}`;
    case 'ssh':
      return `From your SSH configuration`;
    case 'added':
      return host.address;
  }
}

export function hostTitle(host: Pick<HostView, 'source' | 'name'>): string {
  return host.source === 'this' ? 'This computer' : host.name;
}

/** How it stands, in a word or two. `runs`: what a running scan sees of it is newer than any check. */
export function hostState(host: HostView, runs: readonly RunView[]): Said {
  if (runs.some((run) => run.snapshot !== null && isReconnecting(run)))
    return { text: 'Reconnecting', tone: 'attention' };
  switch (host.look.state) {
    case 'unknown':
      return { text: host.source === 'ssh' || host.source === 'context' ? 'Found' : 'Not asked yet', tone: 'quiet' };
    case 'checking':
      return { text: 'Checking', tone: 'busy' };
    case 'ready':
      return { text: runs.some(isBusy) ? 'Scanning' : 'Ready', tone: runs.some(isBusy) ? 'busy' : 'good' };
    case 'failed':
      return { text: 'Does not answer', tone: host.source === 'added' ? 'bad' : 'quiet' };
  }
}

/** Of the host that an inventory is of: by what it calls itself. One that never answered may be it; one that is gone from the list is not. */
export function stateOfMount(
  mount: Pick<MountView, 'hostKind' | 'hostIds'>,
  hosts: Readonly<Record<string, HostView>>,
  runs: Readonly<Record<string, RunView>>,
): Said {
  const views = Object.values(hosts).filter(({ key, kind }) => key !== 'draft' && kind === mount.hostKind);
  const near = ({ source }: HostView): boolean => source !== 'ssh' && source !== 'context';
  const host =
    views.find(({ ids }) => ids.some((id) => mount.hostIds.includes(id))) ??
    views.find((view) => view.ids.length === 0 && near(view));
  if (host !== undefined) return hostState(host, runsOf(host, runs));
  return { text: views.length === 0 ? 'Not asked yet' : 'Not in your list', tone: 'quiet' };
}

/** A scan whose host does not answer at the moment. */
export function isReconnecting(run: RunView): boolean {
  return run.phase === 'scanning' && (run.snapshot?.hostLostAtMs ?? null) !== null;
}

/** Runs of this host, by the settings that they were started with. */
export function runsOf(host: HostView, runs: Readonly<Record<string, RunView>>): RunView[] {
  return Object.values(runs).filter((run) =>
    host.kind === 'process' ? run.runtime === 'process' : run.runtime !== 'process' && run.host === host.host,
  );
}

export const STEP_WORDS: Readonly<Record<HostStep['step'], string>> = {
  name: 'Name',
  port: 'Port',
  certificate: 'Certificate',
  'host key': 'Host key',
  'log-in': 'Log-in',
  Docker: 'Docker',
  API: 'API version',
  clock: 'Clock',
  image: 'Worker image',
  space: 'Free space',
};

/** "Everything in order", "2 remarks", in place of steps that are all passed. */
export function stepsInShort(steps: readonly HostStep[], atMs: number | null, nowMs: number): string {
  const notes = steps.filter(({ result }) => result === 'note').length;
  const when = atMs === null ? '' : `, checked ${ago(atMs, nowMs)}`;
  if (notes === 0) return `All ${steps.length} checks passed${when}`;
  return `All checks passed, ${notes === 1 ? '1 remark' : `${notes} remarks`}${when}`;
}
