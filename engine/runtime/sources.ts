import { dockerEndpoint } from './docker/endpoint.ts';
import type { RuntimeSources } from './pick.ts';
import { ProcessRuntime } from './process/process-runtime.ts';

export interface SourceOptions {
  readonly nodePath: string;
  readonly workerBundle: string;
  /** Where Dockerfile.smart and dist/ lie: what the image is built from. */
  readonly contextRoot: string;
  readonly spools: { readonly process: string; readonly docker: string };
  /** --image; null: our own name for it. */
  readonly image: string | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The runtimes of this computer. Docker's client is loaded only when a daemon is looked for. */
export function runtimeSources(options: SourceOptions): RuntimeSources {
  const { environment } = options;
  const endpoint = dockerEndpoint(environment);
  return {
    process: () =>
      new ProcessRuntime({
        nodePath: options.nodePath,
        workerBundle: options.workerBundle,
        spoolRoot: options.spools.process,
      }),
    dockerAddress: endpoint.address,
    docker: async () => {
      const { DockerRuntime } = await import('./docker/docker-runtime.ts');
      return new DockerRuntime({
        endpoint,
        contextRoot: options.contextRoot,
        image: options.image,
        baseImage: environment['SMART_SCANNER_BASE_IMAGE'] ?? null,
        spoolRoot: options.spools.docker,
      });
    },
  };
}
