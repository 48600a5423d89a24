import * as v from 'valibot';
import { DesktopSettingsChangeSchema } from './desktop-settings.ts';
import type { DesktopState, StatePatch } from './desktop-state.ts';
import { SYMPTOMS, type FindingSection, type SymptomId } from './diagnosis.ts';
import type { BundleEntry, DoctorEvent, DoctorOpened } from './doctor-events.ts';
import type { ErrorJson } from './errors.ts';
import {
  FindCursorSchema,
  FindQuerySchema,
  MeasureSchema,
  WhichSchema,
  type FoundPage,
  type Listing,
  type Totals,
} from './files.ts';
import type { BrowseReport, ChunkDetail, ChunkSample, ChunkSummary, PlanPreview, ScanRow } from './inventory.ts';
import { LogFilterSchema, type LogLine, type LogStatus } from './log-view.ts';
import { NameSchema } from './names.ts';
import type { OnHost, OnHostPurge } from './hosts.ts';
import type { Certificate } from './certificate.ts';
import type { PlacesReport } from './places.ts';
import type { Plain } from './plain.ts';
import { RuntimeChoiceSchema, ScanSettingsSchema } from './settings.ts';
import { isWindow } from './window.ts';

/**
 * The one list of what crosses between a window and main. Main validates every payload with its schema, and its sender; replies come
 * from main itself, so their type is enough. docs/desktop.md says how to add to it.
 */
export interface RequestOf<Schema extends v.GenericSchema, Reply> {
  readonly payload: Schema;
  /** Only a type: never there. */
  readonly reply?: Reply;
}

function replying<Reply>(): <Schema extends v.GenericSchema>(payload: Schema) => RequestOf<Schema, Reply> {
  return (payload) => ({ payload });
}

const nothing = v.undefined();
const text = v.pipe(v.string(), v.maxLength(4_096));
const id = v.pipe(v.string(), v.maxLength(1_000));
const file = v.nullable(v.pipe(text, v.minLength(1)));
const hostEntry = v.object({
  name: v.pipe(text, v.minLength(1)),
  address: v.pipe(text, v.minLength(1)),
  /** Not given: what is known of it, or nothing. */
  tls: v.optional(v.nullable(v.object({ ca: file, cert: file, key: file }))),
});
const mountName = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const mountId = v.pipe(v.string(), v.regex(/^\d{1,15}$/u));
/** Not given: the newest that has the name. */
const knownMount = v.optional(v.nullable(mountId));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const stream = count;
/** As in the settings of a scan; null: this computer's own, or whichever Docker was set up. */
const host = v.nullable(v.pipe(text, v.minLength(1)));
const symptom = v.picklist(SYMPTOMS.map((one) => one.id));
const top = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500));

/** What the sheet of a new scan may set; the rest is the default. */
export const ScanChoicesSchema = v.pipe(
  v.partial(
    v.pick(ScanSettingsSchema, [
      'chunkBytes',
      'chunkEntries',
      'maxContainers',
      'planWay',
      'runtime',
      'host',
      'load',
      'cpus',
      'memoryBytes',
      'retries',
      'analysisTimeoutMs',
      'stallTimeoutMs',
      'window',
      'excludes',
      'crossFilesystems',
      'publish',
    ]),
  ),
  v.check(({ window }) => window === undefined || window === null || isWindow(window), 'These hours are none.'),
);
export type ScanChoices = v.InferOutput<typeof ScanChoicesSchema>;

/** Which log: of a scan in the catalog, of one try at a chunk (live, or what was kept of it), or the app's own. */
export const LogSourceSchema = v.variant('kind', [
  v.object({ kind: v.literal('scan'), scanId: id }),
  v.object({
    kind: v.literal('attempt'),
    scanId: id,
    chunkId: v.pipe(v.number(), v.integer()),
    attemptId: v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/u)),
  }),
  v.object({ kind: v.literal('app') }),
]);
export type LogSource = v.InferOutput<typeof LogSourceSchema>;

export const REQUESTS = {
  'state.get': replying<DesktopState>()(nothing),
  'settings.change': replying<null>()(DesktopSettingsChangeSchema),
  /** Asks for a folder, or goes back to the usual one; null: nothing was chosen. Holds from the next start on. */
  'settings.dataDir': replying<{ readonly dataDir: string | null } | null>()(v.object({ usual: v.boolean() })),
  'app.restart': replying<null>()(nothing),
  /** Hosts and how their checks get on are part of the state. */
  'hosts.look': replying<null>()(nothing),
  'hosts.check': replying<{ readonly key: string }>()(v.object({ key: id })),
  'hosts.add': replying<{ readonly key: string }>()(hostEntry),
  'hosts.edit': replying<{ readonly key: string }>()(v.object({ key: id, ...hostEntry.entries })),
  /** Builds the worker image there. */
  'hosts.prepare': replying<null>()(v.object({ key: id })),
  'hosts.remove': replying<null>()(v.object({ key: id })),
  /** What of ours is on it, and with `catalog` its inventories here; `remove`: takes it away, and forgets the host. */
  'hosts.purge': replying<OnHostPurge>()(v.object({ key: id, remove: v.boolean(), catalog: v.boolean() })),
  /** A file of this computer that somebody picks; null: none. */
  'hosts.pickFile': replying<{ readonly path: string } | null>()(nothing),
  'hosts.default': replying<null>()(v.object({ key: v.nullable(id) })),
  /** Of a question of the state; null: given up. */
  'hosts.answer': replying<null>()(
    v.object({ id, answer: v.nullable(v.union([v.boolean(), v.pipe(v.string(), v.maxLength(10_000))])) }),
  ),
  /** What is on it of ours; `remove` removes what no scan holds. */
  'hosts.ours': replying<OnHost>()(v.object({ key: id, remove: v.boolean() })),
  /** Shares, disks and pools of a host. */
  'mounts.places': replying<Plain<PlacesReport>>()(v.object({ runtime: RuntimeChoiceSchema, host })),
  'mounts.browse': replying<BrowseReport>()(v.object({ runtime: RuntimeChoiceSchema, host, path: text })),
  /** Sizes of the chunks that a rescan would have, largest first, from what is known; null: nothing is. */
  'scan.preview': replying<PlanPreview | null>()(
    v.object({ mountId, choices: v.pick(ScanSettingsSchema, ['chunkBytes', 'chunkEntries']) }),
  ),
  'scan.start': replying<{ readonly runId: string }>()(
    v.object({ mountPath: v.pipe(text, v.minLength(1)), mountName, mountId: knownMount, choices: ScanChoicesSchema }),
  ),
  'scan.again': replying<{ readonly runId: string }>()(v.object({ mountName, mountId: knownMount })),
  /** What was refused, once more exactly as it was asked for. */
  'scan.repeat': replying<{ readonly runId: string }>()(v.object({ runId: id })),
  'scan.resume': replying<{ readonly runId: string }>()(v.object({ mountName, mountId: knownMount })),
  /** Of the worker that has this chunk right now. */
  'scan.sample': replying<ChunkSample | null>()(v.object({ runId: id, chunkId: v.pipe(v.number(), v.integer()) })),
  'scan.stopChunk': replying<null>()(v.object({ runId: id, chunkId: v.pipe(v.number(), v.integer()) })),
  'scan.stop': replying<null>()(v.object({ runId: id, mode: v.picklist(['graceful', 'now']) })),
  'scan.pause': replying<null>()(v.object({ runId: id })),
  'scan.unpause': replying<null>()(v.object({ runId: id })),
  'scan.change': replying<null>()(
    v.object({ runId: id, changes: v.partial(v.pick(ScanSettingsSchema, ['maxContainers', 'load'])) }),
  ),
  /** What failed in a closed scan, or was never reached. */
  'scan.retry': replying<{ readonly runId: string }>()(v.object({ mountName, mountId: knownMount, scanId: id })),
  'scan.dismiss': replying<null>()(v.object({ runId: id })),
  'scan.history': replying<Plain<readonly ScanRow[]>>()(v.object({ limit: top })),
  'scan.certificate': replying<Plain<Certificate>>()(v.object({ scanId: id })),
  'scan.chunks': replying<readonly ChunkSummary[]>()(v.object({ scanId: id })),
  'scan.chunk': replying<ChunkDetail>()(v.object({ scanId: id, chunkId: v.pipe(v.number(), v.integer()) })),
  'files.listing': replying<Plain<Listing>>()(
    v.object({
      mountId,
      which: WhichSchema,
      path: NameSchema,
      measure: MeasureSchema,
      offset: count,
      limit: v.pipe(count, v.maxValue(1_000)),
    }),
  ),
  /** `list`: which list of the window asks; a search of the same list that still runs ends with INTERRUPTED. */
  'files.find': replying<Plain<FoundPage>>()(
    v.object({
      list: v.pipe(v.string(), v.maxLength(40)),
      query: FindQuerySchema,
      after: v.nullable(FindCursorSchema),
      limit: v.pipe(count, v.minValue(1), v.maxValue(2_000)),
    }),
  ),
  'files.totals': replying<Plain<Totals>>()(v.object({ mountId, which: WhichSchema, top })),
  /** Shows it in this computer's file manager. NOT_MAPPED, OPEN_REFUSED. */
  'files.open': replying<null>()(v.object({ mountId, path: NameSchema, isDirectory: v.boolean() })),
  /** Asks where to save; null: nowhere, or it was stopped. `export` events tell how far it is. */
  'files.export': replying<{ readonly path: string; readonly rows: number } | null>()(
    v.object({ query: FindQuerySchema }),
  ),
  'files.exportStop': replying<null>()(nothing),
  /** `log` events tell what there is until it is closed or the window goes. One a window: another open replaces it. */
  'log.open': replying<{ readonly stream: number; readonly path: string }>()(
    v.object({ source: LogSourceSchema, filter: LogFilterSchema }),
  ),
  'log.filter': replying<null>()(v.object({ stream, filter: LogFilterSchema })),
  'log.lines': replying<readonly LogLine[]>()(
    v.object({ stream, from: count, count: v.pipe(count, v.maxValue(1_000)) }),
  ),
  /** Of the next (or last) problem among the lines that are shown; null: there is none. */
  'log.problem': replying<{ readonly position: number | null }>()(
    v.object({ stream, from: v.pipe(v.number(), v.integer(), v.minValue(-1)), forward: v.boolean() }),
  ),
  /** Copies shown lines; gives how many. */
  'log.copy': replying<{ readonly lines: number }>()(v.object({ stream, from: count, to: count })),
  'log.export': replying<{ readonly path: string; readonly lines: number } | null>()(v.object({ stream })),
  'log.reveal': replying<null>()(v.object({ stream })),
  'log.close': replying<null>()(v.object({ stream })),
  /** Looks at what can be behind a symptom; results come as `doctor` events. One a window: another open replaces it, and it ends with the window. */
  'doctor.open': replying<DoctorOpened>()(
    v.object({ symptom, scanId: v.nullable(id), host: v.nullable(v.pipe(v.string(), v.maxLength(1_000))) }),
  ),
  /** Looks once more, with what wakes disks, or at everything. */
  'doctor.more': replying<DoctorOpened>()(v.object({ session: v.number(), symptom, wakeDisks: v.boolean() })),
  /** What has not answered by now is left out. */
  'doctor.enough': replying<null>()(v.object({ session: v.number() })),
  /** Presses a fix of what was found; its news come as `doctor` events. */
  'doctor.fix': replying<null>()(
    v.object({
      session: v.number(),
      findingKey: v.pipe(v.string(), v.maxLength(100_000)),
      fixId: v.pipe(v.string(), v.maxLength(1_000)),
    }),
  ),
  /** What there is to know of a finding. */
  'doctor.section': replying<FindingSection>()(v.object({ findingId: v.pipe(v.string(), v.maxLength(200)) })),
  'doctor.mute': replying<null>()(v.object({ key: v.pipe(v.string(), v.maxLength(1_000)), muted: v.boolean() })),
  /** What a support bundle would hold; nothing is saved. */
  'doctor.bundle': replying<readonly BundleEntry[]>()(v.object({ session: v.number(), hashPaths: v.boolean() })),
  /** Asks for a place and saves what was listed last. null: no place was chosen. */
  'doctor.save': replying<{ readonly path: string | null }>()(v.object({ session: v.number() })),
  'doctor.close': replying<null>()(v.object({ session: v.number() })),
  'clipboard.copy': replying<null>()(v.object({ text: v.pipe(v.string(), v.maxLength(5_000_000)) })),
  'notice.test': replying<null>()(nothing),
  'window.hide': replying<null>()(nothing),
} as const satisfies Record<string, RequestOf<v.GenericSchema, unknown>>;

export type RequestName = keyof typeof REQUESTS;
export type Payload<K extends RequestName> = v.InferOutput<(typeof REQUESTS)[K]['payload']>;
export type Reply<K extends RequestName> = NonNullable<(typeof REQUESTS)[K]['reply']> | NullOf<K>;
type NullOf<K extends RequestName> = null extends (typeof REQUESTS)[K]['reply'] ? null : never;

/** What main says without being asked. */
export interface Events {
  readonly state: StatePatch;
  readonly log: { readonly stream: number; readonly status: LogStatus };
  readonly export: { readonly rows: number };
  readonly doctor: DoctorEvent;
  readonly navigate: Destination;
}
export type EventName = keyof Events;
export const EVENT_NAMES = ['state', 'log', 'export', 'doctor', 'navigate'] as const satisfies readonly EventName[];

/** Where a window goes, as a notification or the tray asks. */
export type Destination =
  | { readonly place: 'overview' | 'nas' | 'settings' }
  | {
      readonly place: 'scans';
      readonly scanId?: string;
      readonly runId?: string;
      readonly tab?: 'progress' | 'problems';
      /** On the tab `progress`. */
      readonly chunkId?: number;
    }
  | { readonly place: 'files'; readonly mountName?: string }
  /** The wizard: about a run of the app, or about the newest scan. */
  | { readonly place: 'doctor'; readonly symptom?: SymptomId; readonly runId?: string; readonly scanId?: string };

/** How a reply travels: errors keep their code and what to do. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ErrorJson };

/** What the preload puts on `window`: exactly the map above. */
export interface Bridge {
  request(name: RequestName, payload: unknown): Promise<Answer<unknown>>;
  /** Gives the function that ends it. */
  on(name: EventName, listener: (event: unknown) => void): () => void;
}
export const BRIDGE_NAME = 'smartScanner';
/** Names of Electron's channels. */
export const channelOf = (name: RequestName | EventName): string => `smart-scanner:${name}`;
