import { SmartScannerError, toSmartScannerError } from '../../shared/errors.ts';
import type { RuntimeChoice } from '../../shared/settings.ts';
import type { Runtime, RuntimeInfo } from './runtime.ts';

/** `auto` asks a daemon for at most this long. */
const AUTO_DEADLINE_MS = 3_000;
const CONNECT_DEADLINE_MS = 15_000;

export interface RuntimePick {
  readonly runtime: Runtime;
  readonly info: RuntimeInfo;
  /** One line for the user. */
  readonly sentence: string;
}

export interface RuntimeSources {
  readonly process: () => Runtime;
  /** Where the daemon would be, for messages: `unix:///var/run/docker.sock`. */
  readonly dockerAddress: string;
  /** Throws DOCKER_UNREACHABLE where the address is of a kind that isn't known. */
  readonly docker: () => Promise<Runtime>;
}

/** Which runtime a scan uses. `auto` prefers containers, except where the daemon is a virtual machine: there local paths are far away. */
export async function pickRuntime(
  choice: RuntimeChoice,
  sources: RuntimeSources,
  signal: AbortSignal,
): Promise<RuntimePick> {
  if (choice === 'process') return await pickProcess(sources, 'Using the embedded process runtime, as asked.', signal);
  const deadline = choice === 'docker' ? CONNECT_DEADLINE_MS : AUTO_DEADLINE_MS;
  let docker: Runtime | null = null;
  try {
    docker = await sources.docker();
    const info = await docker.connect(AbortSignal.any([signal, AbortSignal.timeout(deadline)]));
    if (choice === 'auto' && info.isVirtualMachine) {
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
    if (choice === 'docker' || signal.aborted) throw asUnreachable(failure, sources.dockerAddress);
    return await pickProcess(
      sources,
      `${whyNoDocker(failure, sources.dockerAddress)}: using the embedded process runtime.`,
      signal,
    );
  }
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
