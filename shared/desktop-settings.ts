import * as v from 'valibot';

export const DESKTOP_SETTINGS_VERSION = 1;

/** Kinds of notifications, each can be switched off. */
export const NOTICE_KINDS = ['finished', 'problems', 'refused', 'host'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** What a person chose for the app itself. Stored with its version; unknown fields are dropped, missing ones get their default. */
export const DesktopSettingsSchema = v.object({
  version: v.optional(v.literal(DESKTOP_SETTINGS_VERSION), DESKTOP_SETTINGS_VERSION),
  theme: v.optional(v.picklist(['system', 'light', 'dark']), 'system'),
  units: v.optional(v.picklist(['binary', 'decimal']), 'binary'),
  notices: v.optional(
    v.object({
      finished: v.optional(v.boolean(), true),
      problems: v.optional(v.boolean(), true),
      refused: v.optional(v.boolean(), true),
      host: v.optional(v.boolean(), true),
    }),
    {},
  ),
  /** Keeps this computer from sleeping while a scan runs. */
  keepAwake: v.optional(v.boolean(), false),
  startAtLogin: v.optional(v.boolean(), false),
  /** The hint that a closed window leaves the app in the tray was shown. */
  trayHintShown: v.optional(v.boolean(), false),
});
export type DesktopSettings = v.InferOutput<typeof DesktopSettingsSchema>;

/** What a window may change. */
export const DesktopSettingsChangeSchema = v.partial(
  v.strictObject({
    theme: v.picklist(['system', 'light', 'dark']),
    units: v.picklist(['binary', 'decimal']),
    notices: v.strictObject({
      finished: v.boolean(),
      problems: v.boolean(),
      refused: v.boolean(),
      host: v.boolean(),
    }),
    keepAwake: v.boolean(),
    startAtLogin: v.boolean(),
  }),
);
export type DesktopSettingsChange = v.InferOutput<typeof DesktopSettingsChangeSchema>;

export function defaultDesktopSettings(): DesktopSettings {
  return v.parse(DesktopSettingsSchema, {});
}
