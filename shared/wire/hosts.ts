import * as v from 'valibot';
import {
  HOST_STEPS,
  type HostFacts,
  type HostLook,
  type HostQuestion,
  type HostStep,
  type HostView,
  type OnHost,
  type OnHostPurge,
} from '../hosts.ts';
import { atMs, errorJson, list, number, runtime, text, yes, type Wire } from './common.ts';

const look: Wire<HostLook> = v.variant('state', [
  v.strictObject({ state: v.literal('unknown') }),
  v.strictObject({ state: v.literal('checking') }),
  v.strictObject({ state: v.literal('ready'), atMs }),
  v.strictObject({ state: v.literal('failed'), atMs, error: errorJson }),
]);

const step: Wire<HostStep> = v.strictObject({
  step: v.picklist(HOST_STEPS),
  result: v.picklist(['ok', 'note', 'failed', 'skipped']),
  text,
});

const facts: Wire<HostFacts> = v.strictObject({
  hostName: text,
  description: text,
  operatingSystem: text,
  cpus: number,
  memoryBytes: number,
  isRemote: yes,
});

export const hostView: Wire<HostView> = v.strictObject({
  key: text,
  kind: runtime,
  source: v.picklist(['this', 'added', 'socket', 'environment', 'context', 'ssh']),
  name: text,
  address: text,
  host: v.nullable(text),
  isDefault: yes,
  look,
  steps: list(step),
  facts: v.nullable(facts),
  ids: list(text),
  warning: v.nullable(text),
});

export const hostQuestion: Wire<HostQuestion> = v.variant('kind', [
  v.strictObject({ id: text, kind: v.literal('host-key'), address: text, type: text, fingerprint: text }),
  v.strictObject({
    id: text,
    kind: v.literal('passphrase'),
    of: v.picklist(['ssh-key', 'tls-key']),
    path: text,
    isKept: yes,
  }),
  v.strictObject({ id: text, kind: v.literal('key-setup'), address: text }),
  v.strictObject({ id: text, kind: v.literal('password'), who: text }),
  v.strictObject({ id: text, kind: v.literal('paste'), line: text }),
]);

export const onHostPurge: Wire<OnHostPurge> = v.strictObject({
  items: list(
    v.strictObject({
      kind: v.picklist(['container', 'volume', 'lease', 'image', 'key', 'inventory']),
      description: text,
      bytes: v.nullable(number),
    }),
  ),
  removed: yes,
});

export const onHost: Wire<OnHost> = v.strictObject({
  images: list(v.strictObject({ names: list(text), bytes: number })),
  items: list(
    v.strictObject({
      kind: text,
      id: text,
      description: text,
      bytes: v.nullable(number),
      ageMs: number,
      keptBecause: v.nullable(text),
      removed: yes,
    }),
  ),
});
