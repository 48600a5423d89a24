import type { App } from '../../engine/app/app.ts';
import type { KeyAsker } from '../../engine/app/hosts.ts';
import type { HostTest } from '../../engine/app/host-test.ts';
import { errorToJson, SmartScannerError } from '../../shared/errors.ts';
import type { HostLook, HostView, OnHost, OnHostPurge, TlsChoice } from '../../shared/hosts.ts';
import { draftView, factsOf, viewsOf } from './host-views.ts';
import type { StateHub } from './state-hub.ts';

export const DRAFT = 'draft';
/** A check asks for a host key on the way, and a first one builds nothing. */
const CHECK_MS = 180_000;
/** Of a new host: somebody may set up a key meanwhile. */
const ADD_MS = 900_000;
/** Everything of ours on a host is looked for, and removed. */
const PURGE_MS = 300_000;
/** Of an image that is built there from the beginning. */
const PREPARE_MS = 900_000;

export interface HostsKeeperOptions {
  readonly app: Pick<App, 'commands' | 'queries'>;
  readonly hub: StateHub;
  readonly now: () => number;
  /** Who may have a key set up where nobody can log in by one. */
  readonly keys: KeyAsker;
  /** Lets a look that nobody pressed for ask nobody. */
  readonly quietly: <T>(work: () => Promise<T>) => Promise<T>;
}

export interface HostEntry {
  readonly name: string;
  readonly address: string;
  readonly tls?: TlsChoice | null | undefined;
}

/** The hosts as windows show them: which there are, and how each stood when it was last looked at. Connects only to check. */
export class HostsKeeper {
  readonly #options: HostsKeeperOptions;
  readonly #checking = new Map<string, Promise<string>>();

  constructor(options: HostsKeeperOptions) {
    this.#options = options;
  }

  /**
   * Reads which hosts there are, and checks those that are near or were added; what is only found is asked when somebody picks it. A locked
   * key or an unknown host key is shown as what is in the way: only who presses for a check is asked about it.
   */
  async look(): Promise<void> {
    await this.#read();
    const near = Object.values(this.#hosts).filter(({ source }) => source !== 'ssh' && source !== 'context');
    const { quietly } = this.#options;
    await quietly(() => Promise.all(near.map(({ key }) => this.check(key).catch(() => undefined))));
  }

  /**
   * Goes the way to a host step by step. Gives the key that it has then: a machine of the SSH configuration that answers is added. What
   * is in the way stands in its view, and is thrown.
   */
  check(key: string): Promise<string> {
    const running = this.#checking.get(key);
    if (running !== undefined) return running;
    // All at once: one that does not answer holds up no other.
    const check = this.#check(key).finally(() => this.#checking.delete(key));
    this.#checking.set(key, check);
    return check;
  }

  /** Checks a new host under the key `draft`, and adds it where it answers. Gives its own key. */
  async add(entry: HostEntry): Promise<string> {
    this.#put(draftView(entry));
    const { commands } = this.#options.app;
    try {
      const { keys } = this.#options;
      const added = await this.#following(
        DRAFT,
        (onStep, signal) =>
          commands.hosts.add({ ...entry, tls: entry.tls ?? null, unchecked: false, keys }, onStep, signal),
        ADD_MS,
      );
      await this.#read();
      const { id } = added.host;
      if (added.test !== null) this.#ended(id, added.test);
      return id;
    } finally {
      this.#forget(DRAFT);
    }
  }

  /** Another name or address; checked as a new one is. */
  async edit(key: string, entry: HostEntry): Promise<string> {
    const view = this.#view(key);
    this.#put(draftView(entry));
    try {
      const changed = await this.#following(DRAFT, (onStep, signal) =>
        this.#options.app.commands.hosts.edit(view.name, { ...entry, tls: entry.tls ?? null }, onStep, signal),
      );
      await this.#read();
      this.#ended(changed.host.id, changed.test);
      return changed.host.id;
    } finally {
      this.#forget(DRAFT);
    }
  }

  /** Builds the worker image there where it is missing or of another version, and looks again. */
  async prepare(key: string): Promise<void> {
    const { host } = this.#view(key);
    const signal = AbortSignal.timeout(PREPARE_MS);
    await this.#options.app.commands.image.prepare({ image: null, host, onProgress: () => undefined, signal });
    await this.check(key);
  }

  async remove(key: string): Promise<void> {
    await this.#options.app.commands.hosts.remove(this.#view(key).name);
    await this.#read();
  }

  /** What of ours is on it; `remove`: takes it away, and forgets the host. */
  async purge(key: string, what: { readonly remove: boolean; readonly catalog: boolean }): Promise<OnHostPurge> {
    const signal = AbortSignal.timeout(PURGE_MS);
    const report = await this.#options.app.commands.hosts.purge(this.#view(key).name, what, signal);
    if (what.remove) await this.#read();
    return report;
  }

  /** Worker images of ours there. */
  async images(key: string): Promise<OnHost['images']> {
    const { kind, host } = this.#view(key);
    if (kind === 'process') return [];
    const signal = AbortSignal.timeout(CHECK_MS);
    return await this.#options.app.commands.image.ours({ image: null, host, onProgress: () => undefined, signal });
  }

  async setDefault(key: string | null): Promise<void> {
    await this.#options.app.commands.hosts.setDefault(key === null ? null : this.#view(key).name);
    await this.#read();
  }

  /** Throws NO_SUCH_HOST. */
  view(key: string): HostView {
    return this.#view(key);
  }

  async #check(key: string): Promise<string> {
    const view = this.#view(key);
    if (view.kind === 'process') {
      const info = await this.#options.app.queries.thisComputer();
      this.#set(key, { look: { state: 'ready', atMs: this.#options.now() }, facts: factsOf(info), ids: info.ids });
      return key;
    }
    const test = await this.#following(key, (onStep, signal) =>
      this.#options.app.commands.hosts.test(view.host, onStep, signal),
    );
    this.#ended(key, test);
    if (test.error !== null) throw new SmartScannerError(test.error.code, test.error.message, test.error);
    return view.source === 'ssh' ? await this.#keep(view, test) : key;
  }

  /** A machine that answered is remembered, under its alias; one that is known by another way stays what it is. */
  async #keep(view: HostView, test: HostTest): Promise<string> {
    const { commands, queries } = this.#options.app;
    const { hosts } = await queries.hosts();
    const daemonId = test.info?.ids[0] ?? null;
    const known = hosts.find((host) => host.daemonId !== null && host.daemonId === daemonId);
    if (known !== undefined) return known.id;
    if (hosts.some(({ name }) => name === view.name)) return view.key;
    const host = await commands.hosts.keep({ name: view.name, address: view.address, daemonId });
    await this.#read();
    this.#ended(host.id, test);
    return host.id;
  }

  /** Steps show as they are passed; what throws is shown as failed. */
  async #following<T>(
    key: string,
    work: (onStep: (step: HostView['steps'][number]) => void, signal: AbortSignal) => Promise<T>,
    ms = CHECK_MS,
  ): Promise<T> {
    this.#set(key, { look: { state: 'checking' }, steps: [] });
    try {
      return await work(
        (step) => this.#set(key, { steps: [...(this.#hosts[key]?.steps ?? []), step] }),
        AbortSignal.timeout(ms),
      );
    } catch (error) {
      this.#set(key, { look: { state: 'failed', atMs: this.#options.now(), error: errorToJson(error) } });
      throw error;
    }
  }

  #ended(key: string, { steps, info, error, warning }: HostTest): void {
    const atMs = this.#options.now();
    const look: HostLook = error === null ? { state: 'ready', atMs } : { state: 'failed', atMs, error };
    this.#set(key, { look, steps, warning, ...(info === null ? {} : { facts: factsOf(info), ids: info.ids }) });
  }

  async #read(): Promise<void> {
    const { queries } = this.#options.app;
    const [list, found] = await Promise.all([queries.hosts(), queries.foundHosts()]);
    const views = viewsOf(list, found, this.#options.hub.now.computer, this.#hosts);
    this.#options.hub.change({ hosts: Object.fromEntries(views.map((view) => [view.key, view])) });
  }

  get #hosts(): Readonly<Record<string, HostView>> {
    return this.#options.hub.now.hosts;
  }

  #view(key: string): HostView {
    const view = this.#hosts[key];
    if (view === undefined)
      throw new SmartScannerError('NO_SUCH_HOST', 'This host is not in the list any more.', { hint: 'Look again.' });
    return view;
  }

  #put(view: HostView): void {
    this.#options.hub.change({ hosts: { ...this.#hosts, [view.key]: view } });
  }

  #set(key: string, change: Partial<HostView>): void {
    const view = this.#hosts[key];
    if (view !== undefined) this.#put({ ...view, ...change });
  }

  #forget(key: string): void {
    this.#options.hub.change({
      hosts: Object.fromEntries(Object.entries(this.#hosts).filter(([other]) => other !== key)),
    });
  }
}
