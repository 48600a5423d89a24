import { resolve } from 'node:path';
import { errorFromJson, SmartScannerError } from '../../shared/errors.ts';
import type { HostStep } from '../../shared/hosts.ts';
import { isRemote, parseEndpoint, type Endpoint } from '../connection/endpoint.ts';
import { HostStore, type StoredHost } from '../connection/host-store.ts';
import type { RuntimeSources } from '../runtime/pick.ts';
import { testHost, type HostTest } from './host-test.ts';
import type { Places } from './places.ts';

export interface HostList {
  readonly hosts: readonly StoredHost[];
  readonly defaultId: string | null;
}

export interface HostAdded {
  readonly host: StoredHost;
  /** null where it was added without a check. */
  readonly test: HostTest | null;
  /** Its name before, where the same daemon was known already. */
  readonly before: string | null;
}

/** All that is done to the list of hosts. */
export interface HostCommands {
  /** Checks it, and adds it where every step that must be passed is. Throws what failed, HOST_NAME_TAKEN, ENDPOINT. */
  add(request: HostAdd, onStep: (step: HostStep) => void, signal: AbortSignal): Promise<HostAdded>;
  /** Remembers what was checked a moment ago. Throws HOST_NAME_TAKEN. */
  keep(host: HostEntry & { readonly daemonId: string | null }): Promise<StoredHost>;
  /** Another name or address for a host; checked as a new one is. Throws what failed, NO_SUCH_HOST, HOST_NAME_TAKEN, ENDPOINT. */
  edit(
    name: string,
    entry: HostEntry,
    onStep: (step: HostStep) => void,
    signal: AbortSignal,
  ): Promise<{ readonly host: StoredHost; readonly test: HostTest }>;
  /** `host`: a name or an address; null: whichever a scan would use. */
  test(host: string | null, onStep: (step: HostStep) => void, signal: AbortSignal): Promise<HostTest>;
  /** Forgets it. Nothing on it is touched. */
  remove(name: string): Promise<StoredHost>;
  /** null: none. */
  setDefault(name: string | null): Promise<void>;
}

export interface HostEntry {
  readonly name: string;
  readonly address: string;
}

export interface HostAdd extends HostEntry {
  /** Without looking whether it is there. */
  readonly unchecked: boolean;
}

/** What else `--host` takes, and what a shell would take for something else. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._ -]{0,63}$/u;
const RESERVED = ['local', 'default'];

export interface HostContext {
  readonly places: Places;
  readonly owner: string;
  readonly sources: () => RuntimeSources;
}

export async function listHosts(places: Places): Promise<HostList> {
  return await new HostStore(places.hosts).list();
}

export function hostCommands(context: HostContext): HostCommands {
  const store = new HostStore(context.places.hosts);
  const test = async (endpoint: Endpoint, onStep: (step: HostStep) => void, signal: AbortSignal): Promise<HostTest> => {
    const docker = await context.sources().docker(endpoint);
    try {
      return await testHost({
        endpoint,
        docker,
        owner: context.owner,
        fetchDir: context.places.fetched,
        onStep,
        signal,
      });
    } finally {
      await docker.close();
    }
  };
  return {
    add: async ({ name, address, unchecked }, onStep, signal) => {
      refuseName(name);
      // Refuses what is no address; a name of another host would be a copy of it.
      parseEndpoint(address);
      const { endpoint } = await context.sources().endpoint(address);
      const checked = unchecked ? null : await test(endpoint, onStep, signal);
      if (checked !== null && checked.error !== null) throw errorFromJson(checked.error);
      const daemonId = checked?.info?.ids[0] ?? null;
      const same = (await store.list()).hosts.find((host) => daemonId !== null && host.daemonId === daemonId);
      const host = await store.add({ name, address: endpoint.address, tls: absoluteTls(endpoint), daemonId });
      return { host, test: checked, before: same === undefined || same.name === name ? null : same.name };
    },
    keep: ({ name, address, daemonId }) => store.add({ name, address, daemonId, tls: null }),
    edit: async (before, { name, address }, onStep, signal) => {
      refuseName(name);
      const old = await store.find(before);
      const { endpoint } =
        old?.address === address ? await context.sources().endpoint(before) : { endpoint: parseEndpoint(address) };
      const tested = await test(endpoint, onStep, signal);
      if (tested.error !== null) throw errorFromJson(tested.error);
      const change = { name, address: endpoint.address, tls: absoluteTls(endpoint) };
      return { host: await store.edit(before, { ...change, daemonId: tested.info?.ids[0] ?? null }), test: tested };
    },
    test: async (host, onStep, signal) => {
      const { endpoint } = await context.sources().endpoint(...(host === null ? [] : [host]));
      return await test(endpoint, onStep, signal);
    },
    remove: (name) => store.remove(name),
    setDefault: (name) => store.setDefault(name),
  };
}

function refuseName(name: string): void {
  if (NAME.test(name) && !RESERVED.includes(name)) return;
  throw new SmartScannerError('USAGE', `"${name}" can't be the name of a host.`, {
    hint: 'Use letters, digits, dots and dashes, as in tower or nas-2; "local" and "default" have a meaning already.',
  });
}

/** Commands run in any directory later. */
function absoluteTls(endpoint: Endpoint): StoredHost['tls'] {
  if (!isRemote(endpoint) || endpoint.kind !== 'tcp' || endpoint.tls === null) return null;
  const { ca, cert, key, verify } = endpoint.tls;
  const absolute = (path: string | null): string | null => (path === null ? null : resolve(path));
  return { ca: absolute(ca), cert: absolute(cert), key: absolute(key), verify };
}
