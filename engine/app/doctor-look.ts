import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { SmartScannerError, toSmartScannerError } from '../../shared/errors.ts';
import { defaultSettings } from '../../shared/settings.ts';
import type { ProbeResult } from '../../shared/worker-protocol.ts';
import { isRemote } from '../connection/endpoint.ts';
import { startCatalog, type RunningCatalog } from '../catalog/client.ts';
import type { Examination } from '../catalog/examine.ts';
import type { DaemonState, HostWay, Look, ProbeTarget } from '../doctor/look.ts';
import { nearestDir } from '../doctor/nearest-dir.ts';
import { once } from '../doctor/once.ts';
import { findLogs, readLog, type LogLook } from '../doctor/scan-logs.ts';
import { dockerOf, systemCode, type RuntimeSources, type SourceChoice } from '../runtime/pick.ts';
import type { NeighbourPaths, Runtime, RuntimeInfo } from '../runtime/runtime.ts';
import { systemClock } from '../scan/clock.ts';
import { tune } from '../scan/context.ts';
import { probeMount } from '../scan/preflight.ts';
import type { CleanupReport, LiveScan } from './app.ts';
import { cleanup } from './cleanup.ts';
import { lookAtSsh } from './doctor-ssh.ts';
import { readLiveStates } from './live-state.ts';
import type { Places } from './places.ts';

/** A host under heavy load takes seconds for its first answer, and that it answers at all is what is asked. */
const CONNECT_MS = 15_000;
/** Reading the host's name out of a catalog that answers takes a fraction of it. */
const CATALOG_MS = 3_000;
/** A log-in and its questions on the way. */
const REMOTE_CONNECT_MS = 45_000;
/** `lstat`s to be timed. */
const SAMPLES = 200;

/** Asking owners elsewhere takes up to 20 s and changes nothing here: whoever holds a mount is taken to live. */
const EVERYBODY = { alive: (_leases: unknown, scanIds: readonly string[]) => Promise.resolve(new Set(scanIds)) };

export interface LookOptions {
  readonly places: Places;
  readonly owner: string;
  readonly catalogBundle: string;
  readonly nodePath: string;
  readonly runtimes: (places: Places, choice: SourceChoice) => RuntimeSources;
  readonly neighbours: NeighbourPaths;
  /** An id, or `latest`. */
  readonly scan: string;
  /** null: that of the scan, or whichever was set up. */
  readonly host: string | null;
  readonly signal: AbortSignal;
}

export interface OpenLook {
  readonly look: Look;
  /** The catalog; null where it can't be asked or takes too long. */
  readonly examined: () => Promise<Examination | null>;
  /** All logs of the data directory, newest first. */
  readonly logs: () => Promise<string[]>;
  /** The host and the image that are looked at. */
  readonly choice: () => Promise<SourceChoice>;
  close(): Promise<void>;
}

/**
 * What the doctor looks at. Nothing is made in the data directory: spools of its probes lie in a temporary one, and the catalog is read in
 * processes of its own, so that a catalog that hangs holds up nobody else.
 */
export function openLook(options: LookOptions): OpenLook {
  const { places, signal } = options;
  const toClose: (() => Promise<unknown>)[] = [];
  const examiner = (): RunningCatalog => {
    const running = startCatalog({ bundle: options.catalogBundle, nodePath: options.nodePath });
    toClose.push(() => running.stop());
    return running;
  };
  const main = once(() => Promise.resolve(examiner()));
  const ask = { path: places.catalog, scan: options.scan };
  const catalog = once(async () => (await main()).client.examine({ ...ask, integrity: false }));
  const integrity = once(async () => (await examiner().client.examine({ ...ask, integrity: true })).integrity);
  const logs = once(() => findLogs([places.logs, places.dataDir]));
  const probePlaces = once(async (): Promise<Places> => {
    const dir = await mkdtemp(join(tmpdir(), 'smart-scanner-doctor-'));
    toClose.unshift(() => rm(dir, { recursive: true, force: true }));
    return {
      ...places,
      spools: { process: join(dir, 'process'), docker: join(dir, 'docker') },
      fetched: join(dir, 'fetched'),
    };
  });
  const examined = once(() => {
    // A catalog that hangs must not hold up what looks at the host.
    const slow = new Promise<null>((resolve) => setTimeout(resolve, CATALOG_MS, null).unref());
    return Promise.race([catalog().catch(() => null), slow]);
  });
  const choice = once(async () => chosen(options.host, await examined()));
  const sources = once(async () => options.runtimes(await probePlaces(), await choice()));
  const keep = (runtime: Runtime): Runtime => {
    toClose.push(() => runtime.close());
    return runtime;
  };
  const way = once(async (): Promise<HostWay> => {
    const { endpoint, isAsked } = await (await sources()).endpoint();
    return { endpoint, isAsked, isRemote: isRemote(endpoint) };
  });
  const docker = once(async () => {
    const { endpoint, isRemote: isFar } = await way();
    const runtime = keep(await (await sources()).docker(endpoint));
    const deadline = AbortSignal.timeout(isFar ? REMOTE_CONNECT_MS : CONNECT_MS);
    const info = await runtime.connect(AbortSignal.any([signal, deadline]));
    return { runtime, info };
  });
  const prepared = once(async () => {
    const opened = await docker();
    await opened.runtime.prepare({ onProgress: () => undefined, signal });
    return opened;
  });
  const embedded = once(async () => {
    const runtime = keep((await sources()).process());
    return { runtime, info: await runtime.connect(signal) };
  });
  const probes = new Map<string, () => Promise<ProbeResult>>();
  const look: Look = {
    dataDir: places.dataDir,
    catalogPath: places.catalog,
    spoolDir: dirname(places.spools.process),
    anyDir: once(() => nearestDir(places.dataDir)),
    nowMs: Date.now(),
    owner: options.owner,
    catalog,
    integrity,
    log: once(() => logOf(catalog, logs, options.scan, signal)),
    live: once(() => liveScans(places, catalog)),
    way,
    sshHere: once(async () => lookAtSsh((await way()).endpoint, signal)),
    leases: once(async () => (await (await docker()).runtime.leases?.look())?.leases ?? []),
    daemon: once(async (): Promise<DaemonState> => {
      try {
        const { runtime, info } = await docker();
        if (runtime.examine === undefined) throw new SmartScannerError('INTERNAL', 'The runtime can not be examined.');
        return { reached: true, info, look: await runtime.examine(signal) };
      } catch (error) {
        return { reached: false, error: toSmartScannerError(error), systemCode: systemCode(error) };
      }
    }),
    probe: (target) => {
      const key = `${target.kind} ${target.path}`;
      const known =
        probes.get(key) ??
        once(async () =>
          probe(
            target.kind === 'docker' ? await prepared() : await embedded(),
            target,
            options,
            (await probePlaces()).fetched,
          ),
        );
      probes.set(key, known);
      return known();
    },
    leftovers: once(async () => leftovers(options, await choice(), catalog, docker)),
  };
  return {
    look,
    examined,
    logs,
    choice,
    close: async () => {
      await Promise.allSettled(toClose.splice(0).map((close) => close()));
    },
  };
}

async function logOf(
  catalog: () => Promise<Examination>,
  logs: () => Promise<string[]>,
  scan: string,
  signal: AbortSignal,
): Promise<LogLook | null> {
  const [found, path] = await Promise.all([
    logs(),
    catalog().then(
      ({ ours }) => ours?.scan?.logPath ?? null,
      () => null,
    ),
  ]);
  // The data directory may have been moved: then the name is what stays.
  const own =
    found.find((log) => log === path) ?? found.find((log) => path !== null && basename(log) === basename(path));
  const named = found.find((log) => [scan, `${scan}.log`].includes(basename(log)));
  const wanted = own ?? named ?? (scan === 'latest' ? found[0] : undefined);
  return wanted === undefined ? null : await readLog(wanted, signal);
}

async function liveScans(places: Places, catalog: () => Promise<Examination>): Promise<LiveScan[]> {
  const snapshots = await readLiveStates(places.live);
  if (snapshots.length === 0) return [];
  const scans = (await catalog()).ours?.scans ?? [];
  const alive = new Set(scans.filter((scan) => scan.alive).map(({ scanId }) => scanId));
  const nowMs = Date.now();
  return snapshots.map((snapshot) => ({
    snapshot,
    alive: alive.has(snapshot.scanId),
    silentMs: Math.max(0, nowMs - snapshot.updatedAtMs),
  }));
}

function probe(
  { runtime, info }: { readonly runtime: Runtime; readonly info: RuntimeInfo },
  { path, kind }: ProbeTarget,
  { owner, signal, neighbours }: LookOptions,
  fetched: string,
): Promise<ProbeResult> {
  const settings = { ...defaultSettings(), runtime: kind };
  const attempt = uuidv7();
  return probeMount({
    runtime,
    labels: { host: info.ids[0], scan: 'none', chunk: '0', attempt, role: 'probe', owner },
    mountPath: path,
    settings,
    tuning: tune(settings, info),
    clock: systemClock,
    fetchDir: join(fetched, attempt),
    signal,
    samples: SAMPLES,
    neighbours,
  });
}

/** As the scan that is looked at had it. */
function chosen(host: string | null, examined: Examination | null): SourceChoice {
  const { image = null, host: ofScan = null } = examined?.ours?.scan?.settings ?? {};
  return { image, host: host ?? ofScan };
}

/** What `cleanup` would remove. Where the catalog can't be read scans are unknown, and little is called left over. */
async function leftovers(
  options: LookOptions,
  choice: SourceChoice,
  catalog: () => Promise<Examination>,
  docker: () => Promise<unknown>,
): Promise<CleanupReport> {
  const { places, signal } = options;
  const sources = options.runtimes(places, choice);
  const runtimes: Runtime[] = [sources.process()];
  const reachable = await docker().then(
    () => true,
    () => false,
  );
  if (reachable) {
    const runtime = await dockerOf(sources);
    await runtime.connect(AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]));
    runtimes.push(runtime);
  }
  try {
    const ours = await catalog().then(
      (examined) => examined.ours,
      () => null,
    );
    const known =
      ours === null
        ? null
        : {
            openScans: () => Promise.resolve({ scans: ours.scans.filter(({ open }) => open) }),
            scans: () => Promise.resolve({ scans: ours.scans }),
          };
    return await cleanup(
      { runtimes, catalog: known, places, owner: options.owner, heard: EVERYBODY, nowMs: Date.now(), isHere: true },
      false,
    );
  } finally {
    await Promise.all(runtimes.map((runtime) => runtime.close()));
  }
}
