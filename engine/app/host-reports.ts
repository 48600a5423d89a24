import { toSmartScannerError } from '../../shared/errors.ts';
import type { HostReport } from '../../shared/inventory.ts';
import type { RuntimeSources } from '../runtime/pick.ts';
import type { Runtime } from '../runtime/runtime.ts';

const CONNECT_MS = 5_000;

/** The hosts that can be scanned from here: this computer, and the Docker daemon that its environment names. */
export async function lookAtHosts(sources: RuntimeSources): Promise<HostReport[]> {
  return [await report(sources.process(), { kind: 'process', address: 'local' }), await dockerReport(sources)];
}

async function dockerReport(sources: RuntimeSources): Promise<HostReport> {
  try {
    const { endpoint } = await sources.endpoint();
    return await report(await sources.docker(endpoint), { kind: 'docker', address: endpoint.address });
  } catch (error) {
    return unreachable({ kind: 'docker', address: 'docker' }, error);
  }
}

async function report(runtime: Runtime, place: Pick<HostReport, 'kind' | 'address'>): Promise<HostReport> {
  try {
    const info = await runtime.connect(AbortSignal.timeout(CONNECT_MS));
    const { description, hostName, cpus, memoryBytes } = info;
    return { ...place, description, hostName, cpus, memoryBytes, problem: null };
  } catch (error) {
    return unreachable(place, error);
  } finally {
    await runtime.close();
  }
}

function unreachable(place: Pick<HostReport, 'kind' | 'address'>, error: unknown): HostReport {
  const { message } = toSmartScannerError(error);
  return { ...place, description: place.address, hostName: null, cpus: null, memoryBytes: null, problem: message };
}
