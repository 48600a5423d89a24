import { describe } from 'vitest';
import { describeWithDocker } from '../docker.ts';
import type { CliOptions } from './cli.ts';

export interface TestRuntime {
  readonly kind: 'process' | 'docker';
  /** Goes to each `scan`. */
  readonly args: readonly string[];
  readonly options: CliOptions;
}

/** The suite once with local processes and once with real containers. */
export function describeWithRuntimes(name: string, suite: (runtime: TestRuntime) => void): void {
  describe(`${name} (process)`, () => {
    suite({ kind: 'process', args: ['--runtime', 'process'], options: {} });
  });
  describeWithDocker(`${name} (docker)`, ({ address, baseImage }) => {
    suite({
      kind: 'docker',
      args: ['--runtime', 'docker'],
      options: { env: { DOCKER_HOST: address, SMART_SCANNER_BASE_IMAGE: baseImage } },
    });
  });
}
