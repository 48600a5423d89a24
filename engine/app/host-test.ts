import { v7 as uuidv7 } from 'uuid';
import { toSmartScannerError, errorToJson, type ErrorCode, type ErrorJson } from '../../shared/errors.ts';
import { HOST_STEPS, type HostStep, type HostStepName } from '../../shared/hosts.ts';
import { defaultSettings } from '../../shared/settings.ts';
import { formatBytes } from '../../shared/units.ts';
import type { Endpoint } from '../connection/endpoint.ts';
import type { DockerHost, ImageStatus, RuntimeInfo } from '../runtime/runtime.ts';
import { systemClock } from '../scan/clock.ts';
import { tune } from '../scan/context.ts';
import { UNRAID } from '../scan/neighbours.ts';
import { probeMount } from '../scan/preflight.ts';

export interface HostTest {
  readonly address: string;
  readonly steps: readonly HostStep[];
  /** What is known of it now; null where it was not reached. */
  readonly info: RuntimeInfo | null;
  /** Its clock against this computer's: positive where it is ahead. null where it was not read. */
  readonly clockSkewMs: number | null;
  readonly error: ErrorJson | null;
  readonly warning: string | null;
}

/** Where in a row of steps an error belongs; what isn't here is Docker's. */
const STEP_OF: Partial<Record<ErrorCode, HostStepName>> = {
  HOST_NAME: 'name',
  HOST_PORT_CLOSED: 'port',
  HOST_NO_ANSWER: 'port',
  TLS_FILES: 'certificate',
  TLS_NEEDED: 'certificate',
  TLS_NOT_SPOKEN: 'certificate',
  TLS_EXPIRED: 'certificate',
  TLS_CLOCK: 'certificate',
  TLS_CA: 'certificate',
  TLS_NAME: 'certificate',
  TLS_CLIENT_CERTIFICATE: 'certificate',
  SSH_MISSING: 'name',
  SSH_CONFIG: 'name',
  SSH_FAILED: 'port',
  SSH_LOST: 'port',
  SSH_HOST_KEY_UNKNOWN: 'host key',
  SSH_HOST_KEY_CHANGED: 'host key',
  SSH_LOGIN: 'log-in',
  SSH_NO_KEY: 'log-in',
  SSH_PASSPHRASE: 'log-in',
  PASSPHRASE_WRONG: 'log-in',
  SSH_PASSWORD: 'log-in',
  SSH_KEY: 'log-in',
  DOCKER_API: 'API',
};
const CLOCK_NOTE_MS = 2_000;
/** There on every Linux machine. Nothing below it is read. */
const ANY_DIRECTORY = '/etc';

export interface HostTestOptions {
  readonly endpoint: Endpoint;
  readonly docker: DockerHost;
  readonly owner: string;
  readonly fetchDir: string;
  readonly onStep: (step: HostStep) => void;
  readonly signal: AbortSignal;
}

/** Goes the way to a host step by step and tells each. Throws nothing: what fails is in it. */
export async function testHost(options: HostTestOptions): Promise<HostTest> {
  const { endpoint, docker, onStep, signal } = options;
  const steps: HostStep[] = [];
  const tell = (step: HostStepName, result: HostStep['result'], text: string): void => {
    const one = { step, result, text };
    steps.push(one);
    onStep(one);
  };
  const order = HOST_STEPS.filter((step) => takes(endpoint, step));
  let info: RuntimeInfo | null = null;
  let clockSkewMs: number | null = null;
  const report = (error: ErrorJson | null): HostTest => ({
    address: endpoint.address,
    steps,
    info,
    clockSkewMs,
    error,
    warning: info?.warning ?? null,
  });
  try {
    info = await docker.connect(signal);
    for (const step of order.slice(0, order.indexOf('Docker')))
      if (step === 'certificate' && !isEncrypted(endpoint)) tell(step, 'skipped', 'none: it is not encrypted');
      else tell(step, 'ok', '');
    tell(
      'Docker',
      'ok',
      `${info.description}, ${info.operatingSystem}, ${info.cpus} CPUs, ${formatBytes(info.memoryBytes)}`,
    );
    tell('API', 'ok', docker.api());
    clockSkewMs = await tellClock(docker, tell);
    const image = await docker.imageStatus();
    tell('image', image.state === 'ready' ? 'ok' : 'note', imageText(image));
    if (image.state === 'ready') tell('space', 'ok', await spaceText(options, info));
    else tell('space', 'skipped', 'it is looked at with the image');
    return report(null);
  } catch (error) {
    const failure = toSmartScannerError(error);
    const told = steps.length;
    const at = info === null ? stepOf(endpoint, failure.code) : (order[told] ?? 'space');
    const index = Math.max(0, order.indexOf(at));
    for (const step of order.slice(told, index))
      if (isBeforeDialling(endpoint, failure.code)) tell(step, 'skipped', '');
      else tell(step, 'ok', '');
    tell(order[index] ?? at, 'failed', `${failure.code}: ${failure.message}`);
    for (const step of order.slice(index + 1)) tell(step, 'skipped', '');
    return report(errorToJson(failure));
  }
}

/** What TLS is spoken with is read before anything is sent: nothing is known of the steps before. */
function isBeforeDialling(endpoint: Endpoint, code: ErrorCode): boolean {
  return code === 'TLS_FILES' || (code === 'PASSPHRASE_WRONG' && endpoint.kind === 'tcp');
}

function isEncrypted(endpoint: Endpoint): boolean {
  return endpoint.kind !== 'tcp' || endpoint.tls !== null;
}

function stepOf(endpoint: Endpoint, code: ErrorCode): HostStepName {
  // The passphrase of an SSH key opens the log-in, that of a TLS key the certificate.
  if (code === 'PASSPHRASE_WRONG' && endpoint.kind === 'tcp') return 'certificate';
  return STEP_OF[code] ?? 'Docker';
}

function takes(endpoint: Endpoint, step: HostStepName): boolean {
  switch (step) {
    case 'name':
    case 'port':
      return endpoint.kind !== 'socket';
    case 'certificate':
      return endpoint.kind === 'tcp';
    case 'host key':
    case 'log-in':
      return endpoint.kind === 'ssh';
    default:
      return true;
  }
}

async function tellClock(
  docker: DockerHost,
  tell: (step: HostStepName, result: HostStep['result'], text: string) => void,
): Promise<number> {
  const before = Date.now();
  const { atMs } = await docker.time();
  const after = Date.now();
  // It was read at some time in between.
  const skewMs = atMs - (before + after) / 2;
  const isOff = Math.abs(skewMs) > CLOCK_NOTE_MS + (after - before);
  const seconds = (Math.abs(skewMs) / 1000).toFixed(1);
  if (isOff) tell('clock', 'note', `it is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} this computer's`);
  else tell('clock', 'ok', `within ${CLOCK_NOTE_MS / 1000} s of this computer's`);
  return Math.round(skewMs);
}

function imageText({ name, state }: ImageStatus): string {
  switch (state) {
    case 'ready':
      return `${name} is there`;
    case 'missing':
      return `${name} is not there yet: the first scan builds it`;
    case 'outdated':
      return `${name} carries another version: the next scan builds it again`;
    case 'foreign':
      return `${name} is an image of somebody else`;
  }
}

/** Of the disk that the spools of a scan will lie on, seen by a helper container. */
async function spaceText(options: HostTestOptions, info: RuntimeInfo): Promise<string> {
  const { docker, owner, signal, fetchDir } = options;
  await docker.prepare({ onProgress: () => undefined, signal });
  const settings = defaultSettings();
  const attempt = uuidv7();
  const probe = await probeMount({
    runtime: docker,
    labels: { host: info.ids[0], scan: 'none', chunk: '0', attempt, role: 'probe', owner },
    mountPath: ANY_DIRECTORY,
    settings,
    tuning: tune(settings, info),
    neighbours: UNRAID,
    clock: systemClock,
    fetchDir: `${fetchDir}/${attempt}`,
    signal,
  });
  return probe.spoolFreeBytes === null ? 'unknown' : `${formatBytes(Number(probe.spoolFreeBytes))} free for spools`;
}
