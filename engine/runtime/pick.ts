import { SmartScannerError, toSmartScannerError } from '../../shared/errors.ts';
import type { RuntimeChoice } from '../../shared/settings.ts';
import type { ChosenEndpoint } from '../connection/choose.ts';
import { isRemote, type Endpoint } from '../connection/endpoint.ts';
import type { DockerHost, Runtime, RuntimeInfo } from './runtime.ts';

/** `auto` asks a daemon for at most this long. */
const AUTO_DEADLINE_MS = 3_000;
const CONNECT_DEADLINE_MS = 15_000;
/** A person may be asked for a host key on the way. */
const REMOTE_DEADLINE_MS = 120_000;

export interface RuntimePick {
  readonly runtime: Runtime;
  readonly info: RuntimeInfo;
  /** One line for the user. */
  readonly sentence: string;
}

/** What a scan, or whoever looks at a host, asks of `RuntimeSources`. */
export interface SourceChoice {
  /** null: our own name for it. */
  readonly image: string | null;
  /** Name, id, address or docker context; null: whichever was set up. What was said on the command line goes before it. */
  readonly host: string | null;
}

/** Of whichever host was set up, with the image of ours. */
export const STANDARD: SourceChoice = { image: null, host: null };

export interface RuntimeSources {
  readonly process: () => Runtime;
  /** Which daemon is meant; `host`: instead of the one that was asked for. Throws ENDPOINT, DOCKER_CONTEXT, NO_SUCH_HOST. */
  readonly endpoint: (host?: string) => Promise<ChosenEndpoint>;
  readonly docker: (endpoint: Endpoint) => Promise<DockerHost>;
}

/** The daemon that is meant, not connected yet. */
export async function dockerOf(sources: RuntimeSources): Promise<DockerHost> {
  return await sources.docker((await sources.endpoint()).endpoint);
}

/**
 * Which runtime a scan uses. `auto` prefers containers, except where the daemon is a virtual machine: there local paths are far away. A host that
 * was asked for, or another machine, is never replaced by this computer.
 */
export async function pickRuntime(
  choice: RuntimeChoice,
  sources: RuntimeSources,
  signal: AbortSignal,
): Promise<RuntimePick> {
  if (choice === 'process') {
    await refuseHost(sources);
    return await pickProcess(sources, 'Using the embedded process runtime, as asked.', signal);
  }
  const { endpoint, isAsked } = await sources.endpoint();
  const isFixed = choice === 'docker' || isAsked || isRemote(endpoint);
  const deadline = isRemote(endpoint) ? REMOTE_DEADLINE_MS : isFixed ? CONNECT_DEADLINE_MS : AUTO_DEADLINE_MS;
  let docker: Runtime | null = null;
  try {
    docker = await sources.docker(endpoint);
    const info = await docker.connect(AbortSignal.any([signal, AbortSignal.timeout(deadline)]));
    if (!isFixed && info.isVirtualMachine) {
      await docker.close();
      return await pickProcess(
        sources,
        `${info.description} is a virtual machine: using the embedded process runtime for local paths.`,
        signal,
      );
    }
    return { runtime: docker, info, sentence: `Using ${info.description}: one container per chunk.` };
  } catch (error) {
    await docker?.close();
    const failure = toSmartScannerError(error);
    if (isFixed || signal.aborted) throw asUnreachable(failure, endpoint.address);
    return await pickProcess(
      sources,
      `${whyNoDocker(failure, endpoint.address)}: using the embedded process runtime.`,
      signal,
    );
  }
}

/** A host was named, and processes are always of this computer. */
async function refuseHost(sources: RuntimeSources): Promise<void> {
  // A daemon that nobody asks needs no address that can be understood.
  const chosen = await sources.endpoint().catch(() => null);
  if (chosen?.isAsked !== true || !isRemote(chosen.endpoint)) return;
  throw new SmartScannerError('USAGE', `Processes run on this computer, and ${chosen.endpoint.address} is another.`, {
    hint: 'Leave --runtime process out, or say --host local.',
  });
}

/** One who may not use the socket must not be told to start what runs already. */
function whyNoDocker(error: SmartScannerError, address: string): string {
  const code = systemCode(error);
  if (code === 'EACCES' || code === 'EPERM')
    return `The Docker socket ${address} may not be used (${code}; group "docker")`;
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return `No Docker daemon at ${address}`;
  return error.message.replace(/\.$/u, '');
}

/** Of the innermost error that has one. */
export function systemCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const own = 'errno' in error && 'code' in error && typeof error.code === 'string' ? error.code : null;
  return systemCode(error.cause) ?? own;
}

async function pickProcess(sources: RuntimeSources, sentence: string, signal: AbortSignal): Promise<RuntimePick> {
  const runtime = sources.process();
  return { runtime, info: await runtime.connect(signal), sentence };
}

function asUnreachable(error: SmartScannerError, address: string): SmartScannerError {
  if (error.code !== 'INTERNAL') return error;
  return new SmartScannerError('DOCKER_UNREACHABLE', `No Docker daemon answers at ${address} (${error.message}).`, {
    hint: 'Check that Docker runs, that you may use its socket (group "docker"), and DOCKER_HOST; or use --runtime process.',
    cause: error,
  });
}
