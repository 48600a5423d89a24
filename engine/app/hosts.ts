import { resolve } from 'node:path';
import { errorFromJson, errorToJson, SmartScannerError } from '../../shared/errors.ts';
import type { HostStep, TlsChoice } from '../../shared/hosts.ts';
import type { CatalogClient } from '../catalog/api.ts';
import { noSuchHost } from '../connection/choose.ts';
import { isRemote, parseEndpoint, withRemoteDocker, type Endpoint, type SshEndpoint } from '../connection/endpoint.ts';
import { installKey, publicKeyFor } from '../connection/ssh/key-setup.ts';
import { HostStore, type StoredHost } from '../connection/host-store.ts';
import type { RuntimeSources } from '../runtime/pick.ts';
import type { HeardOwners } from './cleanup-leases.ts';
import { purgeHost, type PurgeReport } from './purge.ts';
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
  /** Every host that was added, all at once: one that does not answer holds up no other. `onTest` as each is through. */
  testAll(onTest: (name: string, test: HostTest) => void, signal: AbortSignal): Promise<void>;
  /** Forgets it. Nothing on it is touched. */
  remove(name: string): Promise<StoredHost>;
  /**
   * What of ours is on it, and with `catalog` its inventories here; `remove`: takes all of it away, and forgets the host. Throws SCAN_RUNNING, and
   * what is in the way to it.
   */
  purge(name: string, what: PurgeWish, signal: AbortSignal): Promise<PurgeReport>;
  /** null: none. */
  setDefault(name: string | null): Promise<void>;
}

export interface PurgeWish {
  readonly remove: boolean;
  /** Also what the catalog on this computer has of it. */
  readonly catalog: boolean;
}

export interface HostEntry {
  readonly name: string;
  readonly address: string;
  /** PEM files for an address `tcp://`; absent or null: those that were said for the whole program, or that it has. */
  readonly tls?: TlsChoice | null;
}

export interface HostAdd extends HostEntry {
  /** Without looking whether it is there. */
  readonly unchecked: boolean;
  /** Who is asked where nobody can log in by a key yet; absent: nobody. */
  readonly keys?: KeyAsker;
}

/** A person who may have a key set up. */
export interface KeyAsker {
  /** `password`: log in with it once and put the line there. `paste`: show the line, to be put there by hand. */
  choose(address: string): Promise<'password' | 'paste' | 'no'>;
  /** null: given up. Never kept. */
  password(who: string): Promise<string | null>;
  /** Settles when it was put there; false: given up. */
  paste(line: string): Promise<boolean>;
  installed(files: readonly string[]): void;
}

/** What else `--host` takes, and what a shell would take for something else. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._ -]{0,63}$/u;
/** Of one host among others, ms: enough for a scan's own checks over a slow line. */
const TEST_ALL_MS = 60_000;
const RESERVED = ['local', 'default'];

export interface HostContext {
  readonly places: Places;
  readonly owner: string;
  readonly sources: () => RuntimeSources;
  /** null where there is none yet. */
  readonly catalog: () => Promise<CatalogClient | null>;
  readonly heard: HeardOwners;
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
  /** What could not be written is no reason to say that a host that was reached was not. */
  const noteSeen = async (tests: readonly (readonly [string, HostTest])[]): Promise<void> => {
    const seen = tests.flatMap(([name, { info, clockSkewMs }]) =>
      info === null ? [] : [[name, { daemonId: info.ids[0], skewMs: clockSkewMs }] as const],
    );
    await store.noteSeen(new Map(seen)).catch(() => undefined);
  };
  return {
    add: async ({ name, address, tls: files = null, unchecked, keys }, onStep, signal) => {
      checkName(name);
      // Refuses what is no address; a name of another host would be a copy of it.
      parseEndpoint(address);
      const said = files === null ? (await context.sources().endpoint(address)).endpoint : withTls(address, files);
      // What was said of a host once needs not be said again: where its docker command lies.
      const endpoint = withRemoteDocker(said, remoteDockerOf(said) ?? (await store.find(name))?.remoteDocker ?? null);
      let checked = unchecked ? null : await test(endpoint, onStep, signal);
      let installedKey: string | null = null;
      const why = checked?.error?.code;
      if (why !== undefined && endpoint.kind === 'ssh' && keys !== undefined && isNoKey(why)) {
        await store.refuseName(name, endpoint.address);
        installedKey = await setUpKey(endpoint, keys, `smart-scanner ${context.owner}`, signal);
        if (installedKey !== null) {
          // It is there to be taken away again, whatever the next step finds.
          await store.noteKey(loginOf(endpoint), installedKey);
          checked = await test(endpoint, onStep, signal);
        }
      }
      if (checked !== null && checked.error !== null) throw errorFromJson(checked.error);
      const daemonId = checked?.info?.ids[0] ?? null;
      const same = (await store.list()).hosts.find((host) => daemonId !== null && host.daemonId === daemonId);
      const remoteDocker = remoteDockerOf(endpoint) ?? same?.remoteDocker ?? null;
      const tls = absoluteTls(endpoint);
      const login = endpoint.kind === 'ssh' ? loginOf(endpoint) : null;
      const entry = { name, address: endpoint.address, tls, daemonId, remoteDocker, installedKey };
      const host = await store.add(entry, login);
      if (checked !== null) await noteSeen([[name, checked]]);
      return { host, test: checked, before: same === undefined || same.name === name ? null : same.name };
    },
    keep: ({ name, address, daemonId }) =>
      store.add({ name, address, daemonId, tls: null, remoteDocker: null, installedKey: null }),
    edit: async (before, { name, address, tls: files = null }, onStep, signal) => {
      checkName(name);
      const old = await store.find(before);
      // Its TLS files and docker command are still its own, wherever it is reached from now on.
      const moved = withRemoteDocker(parseEndpoint(address, old?.tls ?? null), old?.remoteDocker ?? null);
      const { endpoint } =
        files !== null
          ? { endpoint: withTls(address, files) }
          : old?.address === address
            ? await context.sources().endpoint(before)
            : { endpoint: moved };
      const tested = await test(endpoint, onStep, signal);
      if (tested.error !== null) throw errorFromJson(tested.error);
      const change = { name, address: endpoint.address, tls: absoluteTls(endpoint) };
      const host = await store.edit(before, { ...change, daemonId: tested.info?.ids[0] ?? null });
      await noteSeen([[name, tested]]);
      return { host, test: tested };
    },
    test: async (host, onStep, signal) => {
      const chosen = await context.sources().endpoint(...(host === null ? [] : [host]));
      const tested = await test(chosen.endpoint, onStep, signal);
      if (chosen.name !== null) await noteSeen([[chosen.name, tested]]);
      return tested;
    },
    testAll: async (onTest, signal) => {
      const { hosts } = await store.list();
      const tests = await Promise.all(
        hosts.map(async ({ name, address }): Promise<[string, HostTest]> => {
          const looked = AbortSignal.any([signal, AbortSignal.timeout(TEST_ALL_MS)]);
          const failed = (error: unknown): HostTest => ({
            address,
            steps: [],
            info: null,
            clockSkewMs: null,
            error: errorToJson(error),
            warning: null,
          });
          const one = async (): Promise<HostTest> =>
            await test((await context.sources().endpoint(name)).endpoint, () => undefined, looked);
          const tested = await one().catch(failed);
          onTest(name, tested);
          return [name, tested];
        }),
      );
      await noteSeen(tests);
    },
    remove: (name) => store.remove(name),
    purge: async (name, { remove, catalog }, signal) => {
      const host = await store.find(name);
      if (host === null) throw noSuchHost(name);
      const { endpoint } = await context.sources().endpoint(name);
      const docker = await context.sources().docker(endpoint);
      try {
        const { owner, heard } = context;
        // A catalog that can't be read is in the way only where something of it is to go.
        const here = await context.catalog().catch((error: unknown) => {
          if (catalog) throw error;
          return null;
        });
        const report = await purgeHost({
          ...{ host, endpoint, docker, catalog: here, forget: catalog },
          ...{ heard, owner, remove, signal },
        });
        if (remove) await store.remove(name);
        return report;
      } finally {
        await docker.close();
      }
    },
    setDefault: (name) => store.setDefault(name),
  };
}

/** Whoever logs in there, to whichever daemon. */
function loginOf({ user, host, port }: SshEndpoint): string {
  return `${user ?? ''}@${host}:${port ?? ''}`;
}

function remoteDockerOf(endpoint: Endpoint): string | null {
  return endpoint.kind === 'ssh' ? endpoint.docker : null;
}

function withTls(address: string, files: TlsChoice): Endpoint {
  return parseEndpoint(address, { ...files, verify: true });
}

function isNoKey(code: string): boolean {
  return code === 'SSH_NO_KEY' || code === 'SSH_LOGIN';
}

/** The line that was put there by us; null: nothing was. */
async function setUpKey(
  endpoint: SshEndpoint,
  keys: KeyAsker,
  comment: string,
  signal: AbortSignal,
): Promise<string | null> {
  const how = await keys.choose(endpoint.address);
  if (how === 'no') return null;
  const line = await publicKeyFor(endpoint, comment, signal);
  if (how === 'paste') return (await keys.paste(line)) ? line : null;
  const password = await keys.password(endpoint.user === null ? endpoint.host : `${endpoint.user}@${endpoint.host}`);
  if (password === null) return null;
  const { files } = await installKey(endpoint, line, password, signal);
  keys.installed(files);
  return line;
}

function checkName(name: string): void {
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
