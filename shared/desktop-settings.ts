import * as v from 'valibot';
import { LIMITS, LoadSchema } from './settings.ts';

export const DESKTOP_SETTINGS_VERSION = 2;

/** Kinds of notifications, each can be switched off. */
export const NOTICE_KINDS = ['finished', 'problems', 'refused', 'host'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

const MIB = 1024 ** 2;
/** What new scans begin with, and their ranges. */
export const SCAN_DEFAULT_RANGES = {
  chunkBytes: { min: 1024 * MIB, max: 64 * 1024 ** 4 },
  chunkEntries: { min: 1_000, max: 100_000_000 },
  maxContainers: LIMITS.maxContainers,
  cpus: { min: 0.1, max: 1_024 },
  memoryBytes: { min: 256 * MIB, max: 4 * 1024 ** 4 },
  retries: { min: 0, max: 100 },
  keepScans: { min: 1, max: 100 },
} as const;

const within = ({ min, max }: { readonly min: number; readonly max: number }) =>
  v.pipe(v.number(), v.minValue(min), v.maxValue(max));
const whole = (range: { readonly min: number; readonly max: number }) => v.pipe(within(range), v.integer());

const scanDefaults = {
  load: LoadSchema,
  chunkBytes: whole(SCAN_DEFAULT_RANGES.chunkBytes),
  chunkEntries: whole(SCAN_DEFAULT_RANGES.chunkEntries),
  /** null: as many as the host bears. */
  maxContainers: v.nullable(whole(SCAN_DEFAULT_RANGES.maxContainers)),
  /** At most so much for a worker; the host's own limits hold as well. */
  cpus: within(SCAN_DEFAULT_RANGES.cpus),
  memoryBytes: whole(SCAN_DEFAULT_RANGES.memoryBytes),
  retries: whole(SCAN_DEFAULT_RANGES.retries),
  withoutLitter: v.boolean(),
  /** How many published scans of a mount stay whole; holds for rescans too. */
  keepScans: whole(SCAN_DEFAULT_RANGES.keepScans),
};
const usual: v.InferOutput<v.ObjectSchema<typeof scanDefaults, undefined>> = {
  load: 'gentle',
  chunkBytes: LIMITS.chunkBytesDefault,
  chunkEntries: LIMITS.chunkEntriesDefault,
  maxContainers: null,
  cpus: LIMITS.cpus,
  memoryBytes: LIMITS.memoryBytes,
  retries: LIMITS.retries,
  withoutLitter: false,
  keepScans: LIMITS.keepScans,
};
const notices = { finished: v.boolean(), problems: v.boolean(), refused: v.boolean(), host: v.boolean() };
const ThemeSchema = v.picklist(['system', 'light', 'dark']);
const UnitsSchema = v.picklist(['binary', 'decimal']);
/** Where shares are on this computer, by `shareKey`. */
const ShareKeySchema = v.pipe(v.string(), v.maxLength(5_000));
const ShareSchema = v.pipe(v.string(), v.maxLength(1_024));
const PathSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(4_096));

/** What a person chose for the app itself. Stored with its version; unknown fields are dropped, missing ones get their default. */
export const DesktopSettingsSchema = v.object({
  version: v.literal(DESKTOP_SETTINGS_VERSION),
  theme: v.optional(ThemeSchema, 'system'),
  units: v.optional(UnitsSchema, 'binary'),
  notices: v.optional(
    v.object({
      finished: v.optional(notices.finished, true),
      problems: v.optional(notices.problems, true),
      refused: v.optional(notices.refused, true),
      host: v.optional(notices.host, true),
    }),
    {},
  ),
  /** Keeps this computer from sleeping while a scan runs. */
  keepAwake: v.optional(v.boolean(), false),
  startAtLogin: v.optional(v.boolean(), false),
  /** The hint that a closed window leaves the app in the tray was shown. */
  trayHintShown: v.optional(v.boolean(), false),
  scans: v.optional(
    v.object({
      load: v.optional(scanDefaults.load, usual.load),
      chunkBytes: v.optional(scanDefaults.chunkBytes, usual.chunkBytes),
      chunkEntries: v.optional(scanDefaults.chunkEntries, usual.chunkEntries),
      maxContainers: v.optional(scanDefaults.maxContainers, usual.maxContainers),
      cpus: v.optional(scanDefaults.cpus, usual.cpus),
      memoryBytes: v.optional(scanDefaults.memoryBytes, usual.memoryBytes),
      retries: v.optional(scanDefaults.retries, usual.retries),
      withoutLitter: v.optional(scanDefaults.withoutLitter, usual.withoutLitter),
      keepScans: v.optional(scanDefaults.keepScans, usual.keepScans),
    }),
    {},
  ),
  shares: v.optional(v.record(ShareKeySchema, ShareSchema), {}),
  /** null: the usual place. Holds from the next start on. */
  dataDir: v.optional(v.nullable(PathSchema), null),
});
export type DesktopSettings = v.InferOutput<typeof DesktopSettingsSchema>;
export type ScanDefaults = DesktopSettings['scans'];

/** What a window may change. */
export const DesktopSettingsChangeSchema = v.partial(
  v.strictObject({
    theme: ThemeSchema,
    units: UnitsSchema,
    /** Of these, what is given changes; so that two changes one after the other both hold. */
    notices: v.partial(v.strictObject(notices)),
    keepAwake: v.boolean(),
    startAtLogin: v.boolean(),
    scans: v.partial(v.strictObject(scanDefaults)),
    /** null: not known any more. */
    shares: v.record(ShareKeySchema, v.nullable(ShareSchema)),
  }),
);
export type DesktopSettingsChange = v.InferOutput<typeof DesktopSettingsChangeSchema>;

export function defaultDesktopSettings(): DesktopSettings {
  return v.parse(DesktopSettingsSchema, { version: DESKTOP_SETTINGS_VERSION });
}

type Stored = Readonly<Record<string, unknown>>;

/** From each version to the next. */
const MIGRATIONS: readonly ((stored: Stored) => Stored)[] = [
  // What version 2 added has defaults.
  (stored) => stored,
];

/** Settings of this version or an older one; null where they are of a newer one. Throws where they are none. */
export function readDesktopSettings(stored: unknown): DesktopSettings | null {
  const { version } = v.parse(
    v.looseObject({ version: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1) }),
    stored,
  );
  if (version > DESKTOP_SETTINGS_VERSION) return null;
  let now = stored as Stored;
  for (const migrate of MIGRATIONS.slice(version - 1)) now = migrate(now);
  return v.parse(DesktopSettingsSchema, { ...now, version: DESKTOP_SETTINGS_VERSION });
}
