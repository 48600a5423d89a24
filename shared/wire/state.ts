import * as v from 'valibot';
import { DesktopSettingsSchema } from '../desktop-settings.ts';
import type { DesktopState, MountView, RunView, StatePatch, Unfinished } from '../desktop-state.ts';
import { RuntimeChoiceSchema } from '../settings.ts';
import { verdict } from './certificate.ts';
import { absent, atMs, big, errorJson, list, number, runtime, text, yes, type Wire } from './common.ts';
import { hostQuestion, hostView } from './hosts.ts';
import { snapshot } from './snapshot.ts';

const run: Wire<RunView> = v.strictObject({
  runId: text,
  mountId: v.nullable(text),
  mountName: text,
  mountPath: text,
  runtime: RuntimeChoiceSchema,
  host: v.nullable(text),
  phase: v.picklist(['starting', 'scanning', 'ended', 'refused']),
  stopping: yes,
  startedAtMs: atMs,
  lines: list(text),
  snapshot: v.nullable(snapshot),
  error: v.nullable(errorJson),
  durationMs: v.nullable(number),
});

const mount: Wire<MountView> = v.strictObject({
  mountId: text,
  hostId: text,
  hostIds: list(text),
  hostKind: runtime,
  name: text,
  path: text,
  hostName: text,
  files: number,
  directories: number,
  apparentBytes: big,
  allocatedBytes: big,
  chargedBytes: big,
  scannedAtMs: v.nullable(atMs),
  verdict: v.nullable(verdict),
  missing: v.nullable(v.strictObject({ folders: number, entries: number })),
  brokenOff: yes,
  provisional: v.nullable(v.strictObject({ files: number, bytes: big })),
});

const unfinished: Wire<Unfinished> = v.strictObject({ scanId: text, mountName: text });

const parts = {
  version: text,
  platform: text,
  dataDir: text,
  usualDataDir: text,
  isDataDirFixed: yes,
  computer: text,
  hasTray: yes,
  settings: DesktopSettingsSchema,
  settingsNote: v.nullable(text),
  runs: v.record(text, run),
  mounts: v.nullable(list(mount)),
  unfinished: v.nullable(list(unfinished)),
  hosts: v.record(text, hostView),
  question: v.nullable(hostQuestion),
  catalogVersion: number,
  catalogProblem: v.nullable(errorJson),
};

export const state: Wire<DesktopState> = v.strictObject({ revision: number, ...parts });
export const statePatch: Wire<StatePatch> = v.strictObject({ revision: number, ...absent(parts) });
