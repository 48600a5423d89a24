import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { SmartScannerError } from '../../shared/errors.ts';
import { noSuchHost, type KnownHosts, type NamedHost } from './choose.ts';

const VERSION = 1;
const text = v.pipe(v.string(), v.minLength(1));
const HostSchema = v.object({
  /** Ours, for good: names and addresses change. */
  id: v.pipe(v.string(), v.uuid()),
  name: text,
  address: text,
  tls: v.nullable(
    v.object({ ca: v.nullable(text), cert: v.nullable(text), key: v.nullable(text), verify: v.boolean() }),
  ),
  /** The daemon's own id, once it was reached: the same daemon by another address is the same host. */
  daemonId: v.nullable(text),
  addedAtMs: v.number(),
  /** Where the docker command lies there, for an SSH server that forwards no sockets. */
  remoteDocker: v.optional(v.nullable(text), null),
  /** The public key that we put there, so that it can be taken away again. */
  installedKey: v.optional(v.nullable(text), null),
  /** Its clock against this computer's, ms, positive where it is ahead, as it was measured last. */
  clock: v.optional(v.nullable(v.object({ skewMs: v.number(), atMs: v.number() })), null),
});
const FileSchema = v.object({
  version: v.literal(VERSION),
  default: v.nullable(v.string()),
  hosts: v.array(HostSchema),
  /** Public keys that we put on machines of which no host is added (yet), by log-in: `user@machine:port`. */
  keys: v.optional(v.record(text, text), {}),
});
export type StoredHost = v.InferOutput<typeof HostSchema>;
type File = v.InferOutput<typeof FileSchema>;

/** The hosts that were added, in one file of the data directory. Holds addresses and paths; no secret is ever in it. */
export class HostStore implements KnownHosts {
  readonly #path: string;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  async list(): Promise<{ readonly hosts: readonly StoredHost[]; readonly defaultId: string | null }> {
    const file = await this.#read();
    return { hosts: file.hosts, defaultId: file.default };
  }

  /** By its name, or by its id, which stays when it is renamed. */
  async find(name: string): Promise<StoredHost | null> {
    const { hosts } = await this.#read();
    return hosts.find((host) => host.name === name) ?? hosts.find((host) => host.id === name) ?? null;
  }

  async standard(): Promise<NamedHost | null> {
    const file = await this.#read();
    return file.hosts.find((host) => host.id === file.default) ?? null;
  }

  /**
   * Throws HOST_NAME_TAKEN. A daemon that is known already keeps its id and gets the new name and address; so does what stands under this name
   * and address, which daemon ever was met there. `login`: what a key of ours may have been noted under.
   */
  add(
    host: Pick<StoredHost, 'name' | 'address' | 'tls' | 'daemonId' | 'remoteDocker' | 'installedKey'>,
    login: string | null = null,
  ): Promise<StoredHost> {
    return this.#inTurn(async () => {
      const file = await this.#read();
      const { name, address, daemonId } = host;
      const same =
        file.hosts.find((other) => daemonId !== null && other.daemonId === daemonId) ??
        file.hosts.find((other) => other.name === name && other.address === address);
      this.#refuseTaken(file, name, same?.id);
      const { [login ?? '']: noted = null, ...keys } = file.keys;
      const installedKey = host.installedKey ?? same?.installedKey ?? noted;
      const stored = {
        ...host,
        installedKey,
        id: same?.id ?? randomUUID(),
        addedAtMs: same?.addedAtMs ?? Date.now(),
        clock: same?.clock ?? null,
      };
      await this.#write({ ...file, keys, hosts: [...file.hosts.filter((other) => other.id !== same?.id), stored] });
      return stored;
    });
  }

  /** Throws HOST_NAME_TAKEN where another address has this name: asked before anything is done for a host that can't be added. */
  async refuseName(name: string, address: string): Promise<void> {
    const file = await this.#read();
    this.#refuseTaken(file, name, file.hosts.find((host) => host.name === name && host.address === address)?.id);
  }

  /** A key of ours lets in there, although no host is added yet: the one that is knows of it. */
  noteKey(login: string, key: string): Promise<void> {
    return this.#inTurn(async () => {
      const file = await this.#read();
      await this.#write({ ...file, keys: { ...file.keys, [login]: key } });
    });
  }

  /** Another name or address for one that is known by `name`. Throws NO_SUCH_HOST, HOST_NAME_TAKEN. */
  edit(name: string, change: Pick<StoredHost, 'name' | 'address' | 'tls' | 'daemonId'>): Promise<StoredHost> {
    return this.#inTurn(async () => {
      const file = await this.#read();
      const host = this.#named(file, name);
      this.#refuseTaken(file, change.name, host.id);
      const stored = { ...host, ...change };
      await this.#write({ ...file, hosts: file.hosts.map((other) => (other.id === host.id ? stored : other)) });
      return stored;
    });
  }

  /** Remembers which daemon was found at each of these hosts, and how its clock was, by name. One that is not in the list any more is left out. */
  noteSeen(seen: ReadonlyMap<string, { readonly daemonId: string; readonly skewMs: number | null }>): Promise<void> {
    return this.#inTurn(async () => {
      const file = await this.#read();
      if (!file.hosts.some(({ name }) => seen.has(name))) return;
      const atMs = Date.now();
      const hosts = file.hosts.map((host) => {
        const found = seen.get(host.name);
        if (found === undefined) return host;
        const { daemonId, skewMs } = found;
        return { ...host, daemonId, clock: skewMs === null ? host.clock : { skewMs, atMs } };
      });
      await this.#write({ ...file, hosts });
    });
  }

  /** Throws NO_SUCH_HOST. */
  remove(name: string): Promise<StoredHost> {
    return this.#inTurn(async () => {
      const file = await this.#read();
      const host = this.#named(file, name);
      const left = file.hosts.filter((other) => other.id !== host.id);
      await this.#write({ ...file, hosts: left, default: file.default === host.id ? null : file.default });
      return host;
    });
  }

  /** null: none of them any more. Throws NO_SUCH_HOST. */
  setDefault(name: string | null): Promise<void> {
    return this.#inTurn(async () => {
      const file = await this.#read();
      await this.#write({ ...file, default: name === null ? null : this.#named(file, name).id });
    });
  }

  /** Each reads the whole file and writes it: hosts that are checked at the same time, and one that is added meanwhile, undo nothing of each other. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const working = this.#turn.then(work);
    this.#turn = working.catch(() => undefined);
    return working;
  }

  #refuseTaken(file: File, name: string, id: string | undefined): void {
    const taken = file.hosts.find((other) => other.name === name && other.id !== id);
    if (taken === undefined) return;
    throw new SmartScannerError('HOST_NAME_TAKEN', `"${name}" already stands for ${taken.address}.`, {
      hint: `Choose another name, or remove that one first: \`smart-scanner hosts remove ${name}\`.`,
    });
  }

  #named(file: File, name: string): StoredHost {
    const host = file.hosts.find((other) => other.name === name);
    if (host === undefined) throw noSuchHost(name);
    return host;
  }

  async #read(): Promise<File> {
    let content: string;
    try {
      content = await readFile(this.#path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
        return { version: VERSION, default: null, hosts: [], keys: {} };
      throw this.#broken(error);
    }
    try {
      return v.parse(FileSchema, JSON.parse(content));
    } catch (error) {
      throw this.#broken(error);
    }
  }

  #broken(cause: unknown): SmartScannerError {
    const words = cause instanceof Error ? cause.message : String(cause);
    return new SmartScannerError('HOSTS_FILE', `The list of hosts ${this.#path} can't be used (${words}).`, {
      hint: 'A newer Smart Scanner may have written it; else correct it, or move it away and add the hosts again.',
      cause,
    });
  }

  /** Whole or not at all. */
  async #write(file: File): Promise<void> {
    const fresh = `${this.#path}.${randomUUID()}.new`;
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      await writeFile(fresh, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
      await chmod(fresh, 0o600);
      await rename(fresh, this.#path);
    } catch (error) {
      await rm(fresh, { force: true });
      throw this.#broken(error);
    }
  }
}
