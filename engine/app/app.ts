import type { Certificate } from '../../shared/certificate.ts';
import type { HostCommands, HostList } from './hosts.ts';
import type { ImageCommands } from './image.ts';
import type { ExitStatus } from '../../shared/errors.ts';
import type { FindCursor, FindQuery, FoundPage, Listing, Totals, Which } from '../../shared/files.ts';
import type { BrowseReport, ChunkDetail, ChunkSummary, PlanPreview, ScanRow, Stats } from '../../shared/inventory.ts';
import type { FoundHost } from '../../shared/hosts.ts';
import type { HostChoice, ListingReport, PlacesReport } from '../../shared/places.ts';
import type { ScanRequest, ScanSettings } from '../../shared/settings.ts';
import type { ScanSnapshot } from '../../shared/snapshot.ts';
import type { AttemptStats, RuntimeInfo } from '../runtime/runtime.ts';
import type { ChunkLimits, PlannedChunk } from '../plan/types.ts';
import type { ListingRequest, RetryWhich } from '../catalog/api.ts';
import type { CheckInfo, CheckResult, Diagnosis, FindingSection, FixOutcome } from '../../shared/diagnosis.ts';
import type { PlanWay } from '../../shared/settings.ts';
import type { BrowseRequest } from './browse.ts';
import type { LogLine } from '../log/scan-log.ts';
import type { Controlled } from '../scan/scan-control.ts';
import type { ControlReport, ControlRequest } from './control.ts';
import type { CsvTarget } from './export-csv.ts';

/** The one way into the engine. The CLI, IPC and a later web server are adapters of this. */
export interface App {
  readonly commands: AppCommands;
  readonly queries: AppQueries;
  /** Ends the catalog process and every stream; running workers are left to themselves only after `stop('now')` gave up. */
  close(): Promise<void>;
}

/** Entries of one listing. */
export const MAX_LISTED = 5_000;

export interface AppCommands {
  /**
   * Checks, plans, scans, closes. Settles when the scan has ended; rejects (SmartScannerError) only when it could not start.
   * Events come while it runs.
   */
  scan(request: ScanRequest, listener: ScanListener): ScanHandle;
  /** Goes on with a scan whose orchestrator ended before it did. Settles as `scan` does. */
  resume(request: ResumeRequest, listener: ScanListener): ScanHandle;
  /**
   * Makes whoever scans this mount stop, and goes on with what was begun on this data directory, or scans anew. Settles as `scan` does; rejects
   * SCAN_RUNNING where the owner lives and does not let go.
   */
  takeOver(request: TakeOverRequest, listener: ScanListener): ScanHandle;
  /** Opens a closed scan again and tries parts of it. Settles as `scan` does; rejects NOTHING_TO_RETRY where there are none. */
  retry(request: RetryRequest, listener: ScanListener): ScanHandle;
  /** Makes the plan and scans nothing; leaves no trace in the catalog. Rejects with INTERRUPTED when the signal aborts. */
  plan(request: ScanRequest, listener: ScanListener, signal: AbortSignal): Promise<PlanReport>;
  /** Pauses, resumes or stops a scan that any process runs on this data directory; settles when that process has confirmed. */
  control(request: ControlRequest): Promise<ControlReport>;
  /** What our labels mark on this host and in the spool; `remove` removes it, except what a live or an unknown scan holds. */
  cleanup(options: { readonly remove: boolean; readonly where?: CleanupPlace }): Promise<CleanupReport>;
  readonly hosts: HostCommands;
  /** This computer has woken up: hosts that were lost are reached for at once, and scans say what happened meanwhile. */
  wake(): void;
  /** Everything that a search finds, as CSV in a file. Gives how many rows. EXPORT_FAILED; an abort leaves nothing and rejects. */
  exportFiles(
    query: FindQuery,
    target: CsvTarget,
    onRows: (rows: number) => void,
    signal: AbortSignal,
  ): Promise<number>;
  readonly image: ImageCommands;
  /**
   * Applies a fix of a diagnosis and lets its checks look again. USAGE where no finding has it. `scans`: how scans are started, where whoever
   * presses keeps them; else they end with the signal.
   */
  fix(request: FixRequest, listener: ScanListener, signal: AbortSignal, scans?: FixScans): Promise<FixOutcome>;
  /** By the key of a finding: whether it is left out of `findings` from now on. Kept in the data directory. */
  mute(request: { readonly key: string; readonly muted: boolean }): Promise<void>;
  /** A support bundle, redacted, as a zip. `agree` is shown what it will hold, before anything is saved; false: nothing is, a path: there. */
  bundle(
    request: BundleRequest,
    agree: (files: BundleReport['files']) => Promise<boolean | string>,
    signal: AbortSignal,
  ): Promise<BundleReport>;
}

export interface ResumeRequest {
  /** null: the newest unfinished scan of any mount. */
  readonly mountName: string | null;
  /** Where several hosts have a mount of this name; absent: the newest. */
  readonly mountId?: string | null;
  /** Must be that of the scan; absent: whatever it is. */
  readonly mountPath?: string;
  /** What is to be otherwise than when it was started. */
  readonly changes: Partial<
    Pick<
      ScanSettings,
      | 'maxContainers'
      | 'load'
      | 'retries'
      | 'stallTimeoutMs'
      | 'healthIntervalMs'
      | 'publish'
      | 'window'
      | 'yieldTo'
      | 'pauseTimeoutMs'
    >
  >;
}

export interface TakeOverRequest {
  /** What to scan where nothing can be resumed; null: nothing then. */
  readonly request: ScanRequest | null;
  readonly resume: ResumeRequest;
}

export interface RetryRequest {
  /** A scan's id, or `latest`. */
  readonly scanId: string;
  /** null: of any mount. */
  readonly mountName: string | null;
  readonly which: RetryWhich;
  readonly changes: Partial<Pick<ScanSettings, 'maxContainers' | 'retries' | 'stallTimeoutMs' | 'runtime'>>;
}

export interface ScanHandle {
  readonly done: Promise<ScanOutcome>;
  /** graceful: workers commit what they have. now: they are killed. Idempotent; now after graceful is fine. */
  stop(mode: 'graceful' | 'now'): void;
  /** Workers end at their next directory and let go of the mount; settles when they have. `by`: `<user>@<computer>`. */
  pause(by: string): Promise<Controlled>;
  resume(by: string): Promise<Controlled>;
  /** NO_SUCH_CHUNK where it neither runs nor waits; so do the next ones. */
  pauseChunk(id: number, by: string): Promise<Controlled>;
  resumeChunk(id: number, by: string): Promise<Controlled>;
  /** It is not tried any more; what it has not read stands in the certificate, and can be retried. */
  stopChunk(id: number, by: string): Promise<Controlled>;
  /** Processor time and memory of the worker of a chunk right now; null where none runs. */
  sample(id: number): Promise<AttemptStats | null>;
  /** While it runs: for workers that start from now on. */
  change(change: Partial<Pick<ScanSettings, 'maxContainers' | 'load'>>): void;
}

export interface ScanListener {
  /** Four a second, and when the scan closes and ends; always the newest, and the last one has the final phase. */
  snapshot(snapshot: ScanSnapshot): void;
  /** Every line of the scan log. */
  log(line: LogLine): void;
  /** Preparation: image build output and the like. */
  progress(line: string): void;
  /** Whether the worker image may be built on another machine; absent: it is, and `progress` says so. */
  readonly agree?: (question: string) => Promise<boolean>;
}

export interface ScanOutcome {
  readonly exitStatus: ExitStatus;
  readonly certificate: Certificate;
  readonly durationMs: number;
  readonly logPath: string;
  readonly published: boolean;
}

export interface PlanReport {
  readonly way: PlanWay;
  readonly runtime: 'docker' | 'process';
  readonly chunks: readonly PlannedChunk[];
  readonly entries: number | null;
  readonly bytes: number | null;
  readonly complete: boolean;
  /** Why the list is not the whole story, e.g. fast start knows only its first worker. */
  readonly remark: string | null;
}

export interface AppQueries {
  hosts(): Promise<HostList>;
  /** The daemon that is meant, not asked for anything yet. Throws ENDPOINT, DOCKER_CONTEXT, NO_SUCH_HOST. */
  chosenHost(): Promise<{ readonly address: string; readonly isRemote: boolean }>;
  stats(options: { readonly mountName: string | null; readonly top: number }): Promise<Stats>;
  scans(options: { readonly mountName: string | null; readonly limit: number }): Promise<readonly ScanRow[]>;
  certificate(options: { readonly scanId: string; readonly mountName: string | null }): Promise<Certificate>;
  /** Every chunk of a scan, whether it runs or has ended. */
  chunks(scanId: string): Promise<readonly ChunkSummary[]>;
  chunk(scanId: string, chunkId: number): Promise<ChunkDetail>;
  /** What the worker of a try prints, as long as it runs. NO_SUCH_CHUNK. */
  followAttempt(attemptId: string, onText: (text: string) => void, signal: AbortSignal): Promise<void>;
  /** A directory and a page of what is in it, largest first. NO_SUCH_MOUNT. */
  filesIn(request: ListingRequest): Promise<Listing>;
  /** A page of a search by name, after this row; null: the first. NO_SUCH_MOUNT. */
  find(query: FindQuery, after: FindCursor | null, limit: number, signal: AbortSignal): Promise<FoundPage>;
  /** By type and age. NO_SUCH_MOUNT. */
  totals(request: { readonly mountId: string; readonly which: Which; readonly top: number }): Promise<Totals>;
  /** What a plan from the published scan would hold; null where there is none. Reads the catalog only. */
  planPreview(options: { readonly mountId: string; readonly limits: ChunkLimits }): Promise<PlanPreview | null>;
  /** What the newest scan of this mount was asked to do, for the next one. `mountId` null: of any mount with this name. */
  lastRequest(mountName: string, mountId: string | null): Promise<ScanRequest | null>;
  /** Where Docker may be, as this computer's configuration tells. Connects to nothing. */
  foundHosts(): Promise<readonly FoundHost[]>;
  /** What processes of this computer have to run with. */
  thisComputer(): Promise<RuntimeInfo>;
  /** Directories of a host, to pick a mount point from. MOUNT_NOT_LISTABLE. */
  browse(request: BrowseRequest, onProgress: (line: string) => void, signal: AbortSignal): Promise<BrowseReport>;
  /** What can be scanned on a host: the shares, disks and pools of a NAS. Prepares the image there where it is missing. */
  places(choice: HostChoice, onProgress: (line: string) => void, signal: AbortSignal): Promise<PlacesReport>;
  /** One directory of a host, at most MAX_LISTED entries of it. `path`: absolute, on that host. MOUNT_NOT_LISTABLE. */
  listing(
    request: HostChoice & { readonly path: string },
    onProgress: (line: string) => void,
    signal: AbortSignal,
  ): Promise<ListingReport>;
  /**
   * Follows the live state files of scans run by any process on this data directory: calls back with all of them at once and
   * then at each change until the signal.
   */
  watchScans(listener: (scans: readonly LiveScan[]) => void, signal: AbortSignal): Promise<void>;
  /** The newest scan of each mount that nobody runs any more and that was left with something to do. */
  unfinished(): Promise<readonly { readonly scanId: string; readonly mountName: string }[]>;
  /** What the doctor can look at, and what that costs. */
  checks(): readonly CheckInfo[];
  /** What there is to know of a finding, whatever was seen. USAGE: there is no such finding. */
  section(findingId: string): FindingSection;
  /** The doctor looks at everything; results come as checks end. Changes nothing; rejects only where it can't look at all. */
  diagnose(request: DiagnoseRequest, onResult: (result: CheckResult) => void, signal: AbortSignal): Promise<Diagnosis>;
}

export interface DiagnoseRequest {
  /** An id, or `latest`; for the original's, which have none, the name of a log. NO_SUCH_SCAN. */
  readonly scan: string;
  /** false: leaves out what reads from the mounts. */
  readonly wakeDisks: boolean;
  /** Ids of checks; null: all. */
  readonly only: readonly string[] | null;
  /** Name, address or docker context of the host to look at; null: that of the scan, or whichever was set up. */
  readonly host?: string | null;
}

export interface FixRequest extends DiagnoseRequest {
  readonly fixId: string;
  /** The finding whose fix it is; without: the likeliest that has it. */
  readonly findingKey?: string;
  /** Of a fix that starts a scan: when it is settled. `queued`: the scan goes on by itself then. */
  readonly until: 'queued' | 'ended';
}

export type FixScans = Pick<AppCommands, 'scan' | 'resume' | 'retry'>;

export interface BundleRequest extends DiagnoseRequest {
  readonly path: string;
  /** Names below the mount points become hashes. */
  readonly hashPaths: boolean;
  /** What was found already; null: everything is looked at once more. */
  readonly found?: Diagnosis | null;
}

export interface BundleReport {
  /** null: not saved. */
  readonly path: string | null;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly what: string }[];
}

export interface LiveScan {
  readonly snapshot: ScanSnapshot;
  /** Its orchestrator holds the lock, or was heard a moment ago. false: it died without closing. */
  readonly alive: boolean;
  /** How old the snapshot is: an orchestrator that runs writes one a second. */
  readonly silentMs: number;
}

/** One host only: what processes left on this computer, or what is on a Docker host (as in the settings of a scan). */
export type CleanupPlace =
  { readonly runtime: 'process' } | { readonly runtime: 'docker'; readonly host: string | null };

export interface CleanupReport {
  readonly items: readonly CleanupItem[];
  readonly removed: number;
  readonly kept: number;
}

export interface CleanupItem {
  readonly kind: 'container' | 'process' | 'spool' | 'live-state' | 'image' | 'volume';
  readonly id: string;
  readonly description: string;
  readonly bytes: number | null;
  readonly ageMs: number;
  /** Why it stays, or null when it is (to be) removed. */
  readonly keptBecause: string | null;
  readonly removed: boolean;
}
