import * as v from 'valibot';
import { DesktopSettingsChangeSchema } from './desktop-settings.ts';
import { SYMPTOMS } from './diagnosis.ts';
import { FindCursorSchema, FindQuerySchema, MeasureSchema, WhichSchema } from './files.ts';
import { LogFilterSchema } from './log-view.ts';
import { NameSchema } from './names.ts';
import { RuntimeChoiceSchema, ScanSettingsSchema } from './settings.ts';
import { isWindow } from './window.ts';
import { certificate } from './wire/certificate.ts';
import { list, type Wire } from './wire/common.ts';
import { bundleEntry, doctorEvent, doctorOpened, findingSection } from './wire/doctor.ts';
import { foundPage, listing, logLine, logStatus, totals } from './wire/files.ts';
import { onHost, onHostPurge } from './wire/hosts.ts';
import {
  browseReport,
  chunkDetail,
  chunkSample,
  chunkSummary,
  placesReport,
  planPreview,
  scanRow,
} from './wire/inventory.ts';
import { state, statePatch } from './wire/state.ts';

/**
 * The one list of what crosses between a window and main, each with the schema of what travels. Main validates every payload and its
 * sender. Replies and events come from main itself: they are checked where the app is not packaged, so in every test of it.
 * docs/desktop.md says how to add to it.
 */
export interface RequestOf<Payload extends v.GenericSchema, Reply> {
  readonly payload: Payload;
  readonly reply: Wire<Reply>;
}

function request<Payload extends v.GenericSchema, Reply>(
  payload: Payload,
  reply: Wire<Reply>,
): RequestOf<Payload, Reply> {
  return { payload, reply };
}

const nothing = v.undefined();
/** There is nothing to say. */
const done = v.null();
const hostKey = v.strictObject({ key: v.string() });
const started = v.strictObject({ runId: v.string() });
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
  'state.get': request(nothing, state),
  'settings.change': request(DesktopSettingsChangeSchema, done),
  /** Asks for a folder, or goes back to the usual one; null: nothing was chosen. Holds from the next start on. */
  'settings.dataDir': request(
    v.object({ usual: v.boolean() }),
    v.nullable(v.strictObject({ dataDir: v.nullable(v.string()) })),
  ),
  'app.restart': request(nothing, done),
  /** Hosts and how their checks get on are part of the state. */
  'hosts.look': request(nothing, done),
  'hosts.check': request(v.object({ key: id }), hostKey),
  'hosts.add': request(hostEntry, hostKey),
  'hosts.edit': request(v.object({ key: id, ...hostEntry.entries }), hostKey),
  /** Builds the worker image there. */
  'hosts.prepare': request(v.object({ key: id }), done),
  'hosts.remove': request(v.object({ key: id }), done),
  /** What of ours is on it, and with `catalog` its inventories here; `remove`: takes it away, and forgets the host. */
  'hosts.purge': request(v.object({ key: id, remove: v.boolean(), catalog: v.boolean() }), onHostPurge),
  /** A file of this computer that somebody picks; null: none. */
  'hosts.pickFile': request(nothing, v.nullable(v.strictObject({ path: v.string() }))),
  'hosts.default': request(v.object({ key: v.nullable(id) }), done),
  /** Of a question of the state; null: given up. */
  'hosts.answer': request(
    v.object({ id, answer: v.nullable(v.union([v.boolean(), v.pipe(v.string(), v.maxLength(10_000))])) }),
    done,
  ),
  /** What is on it of ours; `remove` removes what no scan holds. */
  'hosts.ours': request(v.object({ key: id, remove: v.boolean() }), onHost),
  /** Shares, disks and pools of a host. */
  'mounts.places': request(v.object({ runtime: RuntimeChoiceSchema, host }), placesReport),
  'mounts.browse': request(v.object({ runtime: RuntimeChoiceSchema, host, path: text }), browseReport),
  /** Sizes of the chunks that a rescan would have, largest first, from what is known; null: nothing is. */
  'scan.preview': request(
    v.object({ mountId, choices: v.pick(ScanSettingsSchema, ['chunkBytes', 'chunkEntries']) }),
    v.nullable(planPreview),
  ),
  'scan.start': request(
    v.object({ mountPath: v.pipe(text, v.minLength(1)), mountName, mountId: knownMount, choices: ScanChoicesSchema }),
    started,
  ),
  'scan.again': request(v.object({ mountName, mountId: knownMount }), started),
  /** What was refused, once more exactly as it was asked for. */
  'scan.repeat': request(v.object({ runId: id }), started),
  'scan.resume': request(v.object({ mountName, mountId: knownMount }), started),
  /** Of the worker that has this chunk right now. */
  'scan.sample': request(v.object({ runId: id, chunkId: v.pipe(v.number(), v.integer()) }), v.nullable(chunkSample)),
  'scan.stopChunk': request(v.object({ runId: id, chunkId: v.pipe(v.number(), v.integer()) }), done),
  'scan.stop': request(v.object({ runId: id, mode: v.picklist(['graceful', 'now']) }), done),
  'scan.pause': request(v.object({ runId: id }), done),
  'scan.unpause': request(v.object({ runId: id }), done),
  'scan.change': request(
    v.object({ runId: id, changes: v.partial(v.pick(ScanSettingsSchema, ['maxContainers', 'load'])) }),
    done,
  ),
  /** What failed in a closed scan, or was never reached. */
  'scan.retry': request(v.object({ mountName, mountId: knownMount, scanId: id }), started),
  'scan.dismiss': request(v.object({ runId: id }), done),
  'scan.history': request(v.object({ limit: top }), list(scanRow)),
  'scan.certificate': request(v.object({ scanId: id }), certificate),
  'scan.chunks': request(v.object({ scanId: id }), list(chunkSummary)),
  'scan.chunk': request(v.object({ scanId: id, chunkId: v.pipe(v.number(), v.integer()) }), chunkDetail),
  'files.listing': request(
    v.object({
      mountId,
      which: WhichSchema,
      path: NameSchema,
      measure: MeasureSchema,
      offset: count,
      limit: v.pipe(count, v.maxValue(1_000)),
    }),
    listing,
  ),
  /** `list`: which list of the window asks; a search of the same list that still runs ends with INTERRUPTED. */
  'files.find': request(
    v.object({
      list: v.pipe(v.string(), v.maxLength(40)),
      query: FindQuerySchema,
      after: v.nullable(FindCursorSchema),
      limit: v.pipe(count, v.minValue(1), v.maxValue(2_000)),
    }),
    foundPage,
  ),
  'files.totals': request(v.object({ mountId, which: WhichSchema, top }), totals),
  /** Shows it in this computer's file manager. NOT_MAPPED, OPEN_REFUSED. */
  'files.open': request(v.object({ mountId, path: NameSchema, isDirectory: v.boolean() }), done),
  /** Asks where to save; null: nowhere, or it was stopped. `export` events tell how far it is. */
  'files.export': request(
    v.object({ query: FindQuerySchema }),
    v.nullable(v.strictObject({ path: v.string(), rows: v.number() })),
  ),
  'files.exportStop': request(nothing, done),
  /** `log` events tell what there is until it is closed or the window goes. One a window: another open replaces it. */
  'log.open': request(
    v.object({ source: LogSourceSchema, filter: LogFilterSchema }),
    v.strictObject({ stream: v.number(), path: v.string() }),
  ),
  'log.filter': request(v.object({ stream, filter: LogFilterSchema }), done),
  'log.lines': request(v.object({ stream, from: count, count: v.pipe(count, v.maxValue(1_000)) }), list(logLine)),
  /** Of the next (or last) problem among the lines that are shown; null: there is none. */
  'log.problem': request(
    v.object({ stream, from: v.pipe(v.number(), v.integer(), v.minValue(-1)), forward: v.boolean() }),
    v.strictObject({ position: v.nullable(v.number()) }),
  ),
  /** Copies shown lines; gives how many. */
  'log.copy': request(v.object({ stream, from: count, to: count }), v.strictObject({ lines: v.number() })),
  'log.export': request(v.object({ stream }), v.nullable(v.strictObject({ path: v.string(), lines: v.number() }))),
  'log.reveal': request(v.object({ stream }), done),
  'log.close': request(v.object({ stream }), done),
  /** Looks at what can be behind a symptom; results come as `doctor` events. One a window: another open replaces it, and it ends with the window. */
  'doctor.open': request(
    v.object({ symptom, scanId: v.nullable(id), host: v.nullable(v.pipe(v.string(), v.maxLength(1_000))) }),
    doctorOpened,
  ),
  /** Looks once more, with what wakes disks, or at everything. */
  'doctor.more': request(v.object({ session: v.number(), symptom, wakeDisks: v.boolean() }), doctorOpened),
  /** What has not answered by now is left out. */
  'doctor.enough': request(v.object({ session: v.number() }), done),
  /** Presses a fix of what was found; its news come as `doctor` events. */
  'doctor.fix': request(
    v.object({
      session: v.number(),
      findingKey: v.pipe(v.string(), v.maxLength(100_000)),
      fixId: v.pipe(v.string(), v.maxLength(1_000)),
    }),
    done,
  ),
  /** What there is to know of a finding. */
  'doctor.section': request(v.object({ findingId: v.pipe(v.string(), v.maxLength(200)) }), findingSection),
  'doctor.mute': request(v.object({ key: v.pipe(v.string(), v.maxLength(1_000)), muted: v.boolean() }), done),
  /** What a support bundle would hold; nothing is saved. */
  'doctor.bundle': request(v.object({ session: v.number(), hashPaths: v.boolean() }), list(bundleEntry)),
  /** Asks for a place and saves what was listed last. null: no place was chosen. */
  'doctor.save': request(v.object({ session: v.number() }), v.strictObject({ path: v.nullable(v.string()) })),
  'doctor.close': request(v.object({ session: v.number() }), done),
  'clipboard.copy': request(v.object({ text: v.pipe(v.string(), v.maxLength(5_000_000)) }), done),
  'notice.test': request(nothing, done),
  'window.hide': request(nothing, done),
} as const satisfies Record<string, RequestOf<v.GenericSchema, unknown>>;

export type RequestName = keyof typeof REQUESTS;
export type Payload<K extends RequestName> = v.InferOutput<(typeof REQUESTS)[K]['payload']>;
export type Reply<K extends RequestName> = v.InferOutput<(typeof REQUESTS)[K]['reply']>;

/** Where a window goes, as a notification or the tray asks. */
const DestinationSchema = v.variant('place', [
  v.strictObject({ place: v.picklist(['overview', 'nas', 'settings']) }),
  v.strictObject({
    place: v.literal('scans'),
    scanId: v.exactOptional(id),
    runId: v.exactOptional(id),
    tab: v.exactOptional(v.picklist(['progress', 'problems'])),
    /** On the tab `progress`. */
    chunkId: v.exactOptional(v.number()),
  }),
  v.strictObject({ place: v.literal('files'), mountName: v.exactOptional(v.string()) }),
  /** The wizard: about a run of the app, or about the newest scan. */
  v.strictObject({
    place: v.literal('doctor'),
    symptom: v.exactOptional(symptom),
    runId: v.exactOptional(id),
    scanId: v.exactOptional(id),
  }),
]);
export type Destination = v.InferOutput<typeof DestinationSchema>;

/** What main says without being asked. */
export const EVENTS = {
  state: statePatch,
  log: v.strictObject({ stream: v.number(), status: logStatus }),
  export: v.strictObject({ rows: v.number() }),
  doctor: doctorEvent,
  navigate: DestinationSchema,
} as const satisfies Record<string, v.GenericSchema>;
export type EventName = keyof typeof EVENTS;
export type Events = { readonly [K in EventName]: v.InferOutput<(typeof EVENTS)[K]> };
