import * as v from 'valibot';
import type {
  CheckInfo,
  CheckResult,
  Diagnosis,
  Finding,
  FindingSection,
  Fix,
  FixAction,
  FixOutcome,
  Found,
} from '../diagnosis.ts';
import type { BundleEntry, DoctorEvent, DoctorOpened } from '../doctor-events.ts';
import { ScanSettingsSchema } from '../settings.ts';
import { absent, atMs, errorJson, list, number, text, yes, type Wire } from './common.ts';

const category = v.picklist(['catalog', 'scan', 'host', 'mount', 'disk']);
const severity = v.picklist(['warning', 'problem']);
const confidence = v.picklist(['certain', 'likely', 'possible']);
const settings = ScanSettingsSchema.entries;

const resumeChanges = v.strictObject(
  absent({
    maxContainers: settings.maxContainers,
    load: settings.load,
    retries: settings.retries,
    stallTimeoutMs: settings.stallTimeoutMs,
    publish: settings.publish,
    window: settings.window,
    yieldTo: settings.yieldTo,
  }),
);

const action: Wire<FixAction> = v.variant('do', [
  v.strictObject({ do: v.literal('remove-leftovers') }),
  v.strictObject({ do: v.literal('build-image') }),
  v.strictObject({ do: v.literal('look-again') }),
  v.strictObject({ do: v.literal('resume'), mountName: text, changes: resumeChanges }),
  v.strictObject({ do: v.literal('restart'), scanId: text, mountName: text, changes: resumeChanges }),
  v.strictObject({
    do: v.literal('retry'),
    scanId: text,
    mountName: text,
    which: v.picklist(['failed', 'quarantined']),
    changes: v.strictObject(
      absent({
        maxContainers: settings.maxContainers,
        retries: settings.retries,
        stallTimeoutMs: settings.stallTimeoutMs,
        runtime: settings.runtime,
      }),
    ),
  }),
  v.strictObject({ do: v.literal('stop-chunk'), scanId: text, chunkId: number }),
  v.strictObject({ do: v.literal('scan'), mountPath: text, mountName: text, settings: ScanSettingsSchema }),
]);

const fix: Wire<Fix> = v.strictObject({
  id: text,
  label: text,
  changes: yes,
  consequence: text,
  verify: text,
  verifiedBy: v.exactOptional(list(text)),
  action: v.nullable(action),
  copy: v.nullable(text),
});

const found: Wire<Found> = v.strictObject({
  id: text,
  about: v.exactOptional(text),
  mount: v.exactOptional(text),
  seen: text,
  confidence,
  evidence: list(text),
  fixes: v.exactOptional(list(fix)),
  advice: v.exactOptional(list(text)),
});

const checkInfo: Wire<CheckInfo> = v.strictObject({ id: text, title: text, category, wakesDisks: yes, cost: text });

const checkResult: Wire<CheckResult> = v.strictObject({
  id: text,
  title: text,
  category,
  verdict: v.picklist(['ok', 'warning', 'problem', 'unknown']),
  said: text,
  durationMs: number,
  findings: list(found),
});

const finding: Wire<Finding> = v.strictObject({
  id: text,
  key: text,
  severity,
  title: text,
  seen: text,
  means: text,
  confidence,
  evidence: list(text),
  fixes: list(fix),
  advice: list(text),
  checks: list(text),
  section: text,
  explains: list(text),
});

const diagnosis: Wire<Diagnosis> = v.strictObject({
  startedAtMs: atMs,
  durationMs: number,
  checks: list(checkResult),
  findings: list(finding),
  muted: list(finding),
  summary: text,
});

const outcome: Wire<FixOutcome> = v.strictObject({ fixed: yes, said: text, next: v.nullable(finding) });

const titled = list(v.strictObject({ id: text, title: text }));

export const findingSection: Wire<FindingSection> = v.strictObject({
  id: text,
  title: text,
  severity,
  means: text,
  advice: list(text),
  foundBy: list(text),
  explains: titled,
  explainedBy: titled,
});

export const doctorOpened: Wire<DoctorOpened> = v.strictObject({
  session: number,
  checks: list(checkInfo),
  held: list(checkInfo),
});

export const bundleEntry: Wire<BundleEntry> = v.strictObject({ name: text, bytes: number, what: text });

export const doctorEvent: Wire<DoctorEvent> = v.variant('kind', [
  v.strictObject({ session: number, kind: v.literal('result'), result: checkResult }),
  v.strictObject({ session: number, kind: v.literal('looked'), diagnosis }),
  v.strictObject({ session: number, kind: v.literal('said'), line: text }),
  v.strictObject({ session: number, kind: v.literal('run'), runId: text }),
  v.strictObject({ session: number, kind: v.literal('fixed'), outcome }),
  v.strictObject({ session: number, kind: v.literal('broke'), during: v.picklist(['look', 'fix']), error: errorJson }),
]);
