import type { HostList } from '../../engine/app/hosts.ts';
import type { RuntimeInfo } from '../../engine/runtime/runtime.ts';
import type { FoundHost, HostFacts, HostView } from '../../shared/hosts.ts';

const NEW = { look: { state: 'unknown' }, steps: [], facts: null, warning: null } as const;
const NO_IDS: readonly string[] = [];

/** This computer, what was added, and what was found and not added; what was known of each stays. */
export function viewsOf(
  { hosts, defaultId }: HostList,
  found: readonly FoundHost[],
  computer: string,
  before: Readonly<Record<string, HostView>>,
): HostView[] {
  const addresses = new Set(hosts.map(({ address }) => address));
  const views: Omit<HostView, keyof typeof NEW>[] = [
    {
      key: 'process',
      kind: 'process',
      source: 'this',
      name: computer,
      address: 'this computer',
      host: null,
      isDefault: false,
      ids: NO_IDS,
    },
    ...hosts.map(({ id, name, address, daemonId }) => ({
      key: id,
      kind: 'docker' as const,
      source: 'added' as const,
      name,
      address,
      host: id,
      isDefault: id === defaultId,
      ids: daemonId === null ? NO_IDS : [daemonId],
    })),
    ...found
      .filter(({ address }) => !addresses.has(address))
      .map(({ source, name, address, host }) => ({
        key: `found:${source}:${host}`,
        kind: 'docker' as const,
        source,
        name,
        address,
        host,
        isDefault: false,
        ids: NO_IDS,
      })),
  ];
  return views.map((view) => {
    const old = before[view.key];
    // Of another address nothing is known.
    if (old?.address !== view.address) return { ...view, ...NEW };
    const ids = old.ids.length > 0 ? old.ids : view.ids;
    return { ...view, look: old.look, steps: old.steps, facts: old.facts, warning: old.warning, ids };
  });
}

/** One that is being added. */
export function draftView({ name, address }: { readonly name: string; readonly address: string }): HostView {
  return {
    ...NEW,
    key: 'draft',
    kind: 'docker',
    source: 'added',
    name,
    address,
    host: null,
    isDefault: false,
    ids: NO_IDS,
  };
}

export function factsOf(info: RuntimeInfo): HostFacts {
  const { hostName, description, operatingSystem, cpus, memoryBytes, isRemote } = info;
  return { hostName, description, operatingSystem, cpus, memoryBytes, isRemote };
}
