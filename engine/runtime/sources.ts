import { chooseEndpoint, NO_HOSTS, NO_WISH, type HostWish, type KnownHosts } from '../connection/choose.ts';
import { Connection } from '../connection/connection.ts';
import type { OpenConnections } from '../connection/open-connections.ts';
import { Secrets } from '../connection/secrets.ts';
import { ACCEPT_NONE, type HostKeyPolicy } from '../connection/ssh/host-key.ts';
import type { RuntimeSources, SourceChoice } from './pick.ts';
import { ProcessRuntime } from './process/process-runtime.ts';

export interface SourceOptions {
  readonly nodePath: string;
  readonly workerBundle: string;
  /** Where Dockerfile.smart and dist/ lie: what the image is built from. */
  readonly contextRoot: string;
  readonly spools: { readonly process: string; readonly docker: string };
  readonly choice: SourceChoice;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly knownHosts?: KnownHosts;
  readonly wish?: HostWish;
  readonly hostKeys?: HostKeyPolicy;
  readonly secrets?: Secrets;
  /** Of workers on this computer, whatever their load: what somebody sits in front of goes first. */
  readonly leastNiceness?: number;
  readonly open?: OpenConnections;
}

/** The runtimes of this computer, and of the host that was asked for. Docker's client is loaded only when a daemon is looked for. */
export function runtimeSources(options: SourceOptions): RuntimeSources {
  const { environment, choice, knownHosts = NO_HOSTS, hostKeys = ACCEPT_NONE, secrets = new Secrets(), open } = options;
  const said = options.wish ?? NO_WISH;
  const wish = { ...said, host: said.host ?? choice.host };
  return {
    process: () =>
      new ProcessRuntime({
        nodePath: options.nodePath,
        workerBundle: options.workerBundle,
        spoolRoot: options.spools.process,
        leastNiceness: options.leastNiceness ?? 0,
      }),
    endpoint: (host) => chooseEndpoint(host === undefined ? wish : { ...wish, host }, environment, knownHosts),
    docker: async (endpoint) => {
      const { DockerRuntime } = await import('./docker/docker-runtime.ts');
      const connection = new Connection(endpoint, hostKeys, secrets, (state) => open?.note(connection, state));
      return new DockerRuntime({
        connection,
        contextRoot: options.contextRoot,
        image: choice.image,
        baseImage: environment['SMART_SCANNER_BASE_IMAGE'] ?? null,
        spoolRoot: options.spools.docker,
      });
    },
  };
}
