import { stat } from 'node:fs/promises';
import { SmartScannerError } from '../../shared/errors.ts';
import { startCatalog, type RunningCatalog } from '../catalog/client.ts';
import type { CatalogClient } from '../catalog/api.ts';
import { OpenConnections } from '../connection/open-connections.ts';
import { foundHosts } from '../connection/found.ts';
import { isRemote } from '../connection/endpoint.ts';
import { STANDARD, type RuntimeSources, type SourceChoice } from '../runtime/pick.ts';
import type { NeighbourPaths, Runtime } from '../runtime/runtime.ts';
import type { Tuning } from '../scan/context.ts';
import { UNRAID } from '../scan/neighbours.ts';
import type { App, AppCommands, AppQueries, LiveScan } from './app.ts';
import { followAttempt } from './attempt-log.ts';
import { browse } from './browse.ts';
import { cleanup } from './cleanup.ts';
import { HeardOwners } from './cleanup-leases.ts';
import { control } from './control.ts';
import { exportCsv } from './export-csv.ts';
import { findPage } from './find.ts';
import { bundle, checkInfos, diagnose, fix, section, type DoctorShared } from './doctor.ts';
import { hostPlaces } from './host-places.ts';
import { hostCommands, listHosts } from './hosts.ts';
import { readLiveStates, watchLiveStates } from './live-state.ts';
import { imageCommands } from './image.ts';
import { listing } from './listing.ts';
import { MadeDirectories } from './made-directories.ts';
import { setMuted } from './muted.ts';
import { ownerOf, placesOf, type Places } from './places.ts';
import { planOnly } from './plan-only.ts';
import { previewPlan } from './plan-preview.ts';
import { resumeScan } from './resume-scan.ts';
import { retryScan } from './retry-scan.ts';
import { startScan } from './start-scan.ts';
import { takeOverScan } from './take-over-scan.ts';

export interface AppOptions {
  readonly dataDir: string;
  readonly dbName: string;
  /** The project's Node 24. */
  readonly nodePath: string;
  readonly catalogBundle: string;
  /** Of the catalog process: what somebody sits in front of goes first. */
  readonly catalogNiceness?: number;
  /** Opens the catalog also where locks fail (FUSE, NFS, SMB). */
  readonly allowAnyFilesystem: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of this program. */
  readonly version?: string;
  /** Where the host tells of its own work; Unraid's places unless a test has others. */
  readonly neighbours?: NeighbourPaths;
  /** `open`: hears of every connection that is made. */
  readonly runtimes: (places: Places, choice: SourceChoice, open: OpenConnections) => RuntimeSources;
  /** Instead of what settings and host come to: what a test can't wait for. */
  readonly tuning?: Partial<Tuning>;
}

/** A snapshot this old may belong to a dead orchestrator, which writes one a second while it lives: its lock tells. */
const STALE_MS = 2_000;
const CONNECT_MS = 5_000;
const REMOTE_CONNECT_MS = 120_000;

/** The engine behind one data directory. Starts the catalog process when it is first needed. */
export function createApp(options: AppOptions): App {
  const places = placesOf(options.dataDir, options.dbName);
  let running: RunningCatalog | null = null;
  const client = (): CatalogClient => {
    // What ended by itself is started again by whoever asks next; scans of before have failed.
    if (running?.isGone() === true) running = null;
    running ??= startCatalog({
      bundle: options.catalogBundle,
      nodePath: options.nodePath,
      niceness: options.catalogNiceness ?? 0,
      onGone: (error) => {
        for (const listener of catalogGone) listener(error);
      },
    });
    return running.client;
  };
  const open = new OpenConnections();
  const runtimes = (at: Places, choice: SourceChoice): RuntimeSources => options.runtimes(at, choice, open);
  const catalogGone = new Set<(error: SmartScannerError) => void>();
  const openRuntimes = new Set<Runtime>();
  const heard = new HeardOwners();
  const shared = {
    places,
    owner: ownerOf(options.environment),
    allowAnyFilesystem: options.allowAnyFilesystem,
    neighbours: options.neighbours ?? UNRAID,
    catalog: client,
    catalogGone,
    tuning: options.tuning ?? {},
    wakers: new Set<() => void>(),
    directories: new MadeDirectories(),
    runtimes: (choice: SourceChoice) => runtimes(places, choice),
    opened: (runtime: Runtime) => {
      openRuntimes.add(runtime);
    },
  };
  const openForReading = async (): Promise<CatalogClient> => {
    // Before any process is started: looking must not make anything.
    if (!(await isFileThere(places.catalog))) {
      throw new SmartScannerError('CATALOG_OPEN', `There is no catalog at ${places.catalog} yet.`, {
        hint: 'Scan something first, or name another --data-dir.',
      });
    }
    const catalog = client();
    await catalog.open({
      path: places.catalog,
      mustExist: true,
      allowAnyFilesystem: options.allowAnyFilesystem,
    });
    return catalog;
  };
  /** For what an inventory may add: a catalog that can't be read is no reason to show nothing. */
  const knowing = async (): Promise<CatalogClient | null> =>
    (await isFileThere(places.catalog).catch(() => false)) ? await openForReading().catch(() => null) : null;
  const liveScans = async (): Promise<LiveScan[]> => {
    const snapshots = await readLiveStates(places.live);
    const nowMs = Date.now();
    const seen = snapshots.map((snapshot) => ({
      snapshot,
      alive: true,
      silentMs: Math.max(0, nowMs - snapshot.updatedAtMs),
    }));
    // One from the future is of before this computer's clock was set back.
    if (seen.every(({ snapshot }) => Math.abs(nowMs - snapshot.updatedAtMs) < STALE_MS)) return seen;
    const catalog = await openForReading();
    const open = new Map((await catalog.openScans(null)).scans.map((scan) => [scan.scanId, scan.alive]));
    return seen.map((scan) => ({ ...scan, alive: open.get(scan.snapshot.scanId) ?? false }));
  };
  const isAlive = async (scanId: string): Promise<boolean> => {
    const { scans } = await (await openForReading()).openScans(null);
    return scans.some((scan) => scan.scanId === scanId && scan.alive);
  };
  const hosts = hostCommands({
    places,
    owner: shared.owner,
    sources: () => runtimes(places, STANDARD),
    catalog: async () => ((await isFileThere(places.catalog)) ? await openForReading() : null),
    heard,
  });
  const queries: AppQueries = {
    hosts: () => listHosts(places),
    chosenHost: async () => {
      const { endpoint } = await runtimes(places, STANDARD).endpoint();
      return { address: endpoint.address, isRemote: isRemote(endpoint) };
    },
    stats: async ({ mountName, top }) => (await openForReading()).stats({ mountName, top, nowMs: Date.now() }),
    scans: async (query) => (await (await openForReading()).scans(query)).scans,
    certificate: async (query) => (await (await openForReading()).certificate(query)).certificate,
    unfinished: async () =>
      (await (await openForReading()).unfinishedScans({ mountName: null })).scans.map(({ scanId, mountName }) => ({
        scanId,
        mountName,
      })),
    checks: checkInfos,
    section,
    diagnose: (request, onResult, signal) => diagnose(doctor, request, onResult, signal),
    chunks: async (scanId) => (await (await openForReading()).chunks({ scanId })).chunks,
    chunk: async (scanId, chunkId) => (await openForReading()).chunk({ scanId, chunkId }),
    followAttempt: async (attemptId, onText, signal) =>
      followAttempt(await openForReading(), runtimes(places, STANDARD), attemptId, onText, signal),
    filesIn: async (request) => (await openForReading()).listing(request),
    find: async (query, after, limit, signal) => findPage(await openForReading(), query, after, limit, signal),
    totals: async (request) => (await openForReading()).totals({ ...request, nowMs: Date.now() }),
    lastRequest: async (mountName, mountId) =>
      (await (await openForReading()).lastRequest({ mountName, mountId })).request,
    foundHosts: () => foundHosts(options.environment),
    planPreview: async (query) => previewPlan(await openForReading(), query),
    thisComputer: () => runtimes(places, STANDARD).process().connect(AbortSignal.timeout(CONNECT_MS)),
    browse: (request, onProgress, signal) => browse(shared, request, onProgress, signal),
    places: (choice, onProgress, signal) => hostPlaces(shared, choice, knowing, onProgress, signal),
    listing: (request, onProgress, signal) => listing(shared, request, knowing, onProgress, signal),
    watchScans: async (listener, signal) => {
      // Throws where nobody may look: that must not read as "no scan is running".
      await isFileThere(places.catalog);
      await watchLiveStates(places.live, async () => listener(await liveScans()), signal);
    },
  };
  const doctor: DoctorShared = {
    places,
    owner: shared.owner,
    catalogBundle: options.catalogBundle,
    nodePath: options.nodePath,
    runtimes,
    version: options.version ?? 'unknown',
    neighbours: options.neighbours ?? UNRAID,
    buildImage: async (choice, listener, signal) => {
      const sources = runtimes(places, choice);
      const { endpoint } = await sources.endpoint();
      const docker = await sources.docker(endpoint);
      openRuntimes.add(docker);
      const deadline = AbortSignal.timeout(isRemote(endpoint) ? REMOTE_CONNECT_MS : CONNECT_MS);
      await docker.connect(AbortSignal.any([signal, deadline]));
      await docker.prepare({ onProgress: (line) => listener.progress(line), signal });
    },
  };
  const commands: AppCommands = {
    hosts,
    image: imageCommands((image) => runtimes(places, { image, host: null })),
    scan: (request, listener) => startScan(shared, request, listener),
    resume: (request, listener) => resumeScan(shared, request, listener),
    takeOver: (request, listener) => takeOverScan(shared, request, listener),
    retry: (request, listener) => retryScan(shared, request, listener),
    plan: (request, listener, signal) => planOnly(shared, request, listener, signal),
    control: async (request) => await control(places.live, await liveScans(), request, shared.owner, isAlive),
    cleanup: async ({ remove, where }) => {
      const isHere = where?.runtime !== 'docker';
      const isThere = where?.runtime !== 'process';
      const asked = [];
      if (isThere) {
        const sources = runtimes(places, { image: null, host: where?.host ?? null });
        const { endpoint, isAsked } = await sources.endpoint();
        const docker = await sources.docker(endpoint);
        openRuntimes.add(docker);
        const isElsewhere = isRemote(endpoint);
        const connecting = docker.connect(AbortSignal.timeout(isElsewhere ? REMOTE_CONNECT_MS : CONNECT_MS));
        // Only where nobody asked for it may the daemon be missing.
        const isWanted = isAsked || isElsewhere || where !== undefined;
        const reachable = isWanted ? await connecting : await connecting.catch(() => null);
        if (isHere && !isElsewhere) asked.push(sources.process());
        if (reachable !== null) asked.push(docker);
      } else asked.push(runtimes(places, STANDARD).process());
      const catalog = (await isFileThere(places.catalog)) ? await openForReading() : null;
      const context = { runtimes: asked, catalog, places, owner: shared.owner, heard, nowMs: Date.now(), isHere };
      return await cleanup(context, remove);
    },
    wake: () => {
      for (const wake of shared.wakers) wake();
      open.wake();
    },
    exportFiles: (query, target, onRows, signal) =>
      exportCsv((one, after, limit) => queries.find(one, after, limit, signal), query, target, onRows, signal),
    fix: (request, listener, signal, scans) =>
      fix(doctor, { commands, scans: scans ?? commands, isAlive, listener }, request, signal),
    mute: ({ key, muted }) => setMuted(places.muted, key, muted),
    bundle: (request, agree, signal) => bundle(doctor, request, agree, signal),
  };
  return {
    commands,
    queries,
    close: async () => {
      await Promise.all([...openRuntimes].map((runtime) => runtime.close()));
      await running?.stop();
      running = null;
      await shared.directories.takeBack();
    },
  };
}

/** Not being allowed to look is not the same as nothing being there. */
async function isFileThere(catalog: string): Promise<boolean> {
  try {
    await stat(catalog);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw new SmartScannerError('CATALOG_OPEN', `The catalog ${catalog} can't be looked at (${code}).`, {
      hint: 'Run this as a user who may read the data directory, or name another --data-dir.',
      cause: error,
    });
  }
}
