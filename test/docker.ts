import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'vitest';

/** A Docker Engine for tests, with a Node 24 base image that no registry had to give. */
export interface TestEngine {
  /** `unix:///…/docker.sock`: what DOCKER_HOST takes. */
  readonly address: string;
  /** Goes into the worker image's build as BASE_IMAGE. */
  readonly baseImage: string;
}

export const BASE_IMAGE = 'smart-scanner-test/node:24';

let known: TestEngine | { readonly skipped: string } | undefined;

/**
 * The engine that `npm test` started or SMART_SCANNER_TEST_DOCKER names, its base image made where it is missing; else the reason, in words,
 * why there is none.
 */
export function dockerForTests(): TestEngine | { readonly skipped: string } {
  known ??= find();
  return known;
}

/**
 * A suite that needs a real engine. Without one its tests are listed as skipped and the reason is printed; where SMART_SCANNER_REQUIRE says
 * `docker` the suite fails instead. The body is called in each case: it may touch the engine in hooks and tests only.
 */
export function describeWithDocker(name: string, suite: (engine: TestEngine) => void): void {
  const found = dockerForTests();
  if (!('skipped' in found)) {
    describe(name, () => suite(found));
  } else if (isRequired('docker')) {
    describe(name, () => {
      it('has a Docker Engine', () => {
        throw new Error(`SMART_SCANNER_REQUIRE says docker, but ${found.skipped}`);
      });
    });
  } else {
    console.log(`SKIPPED: ${name}: ${found.skipped}`);
    describe.skip(name, () => suite({ address: 'unix:///nonexistent/docker.sock', baseImage: BASE_IMAGE }));
  }
}

function find(): TestEngine | { readonly skipped: string } {
  const address = process.env['SMART_SCANNER_TEST_DOCKER'] ?? '';
  if (address === '') {
    const reason = process.env['SMART_SCANNER_TEST_DOCKER_MISSING'] ?? '';
    return {
      skipped: reason || 'no engine was named: npm test starts one, SMART_SCANNER_TEST_DOCKER=unix://… names one',
    };
  }
  try {
    execFileSync(join(import.meta.dirname, '..', 'scripts', 'test-base-image.sh'), [BASE_IMAGE], {
      env: { ...process.env, DOCKER_HOST: address },
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
    });
  } catch (error) {
    return { skipped: `the base image could not be made at ${address}: ${lastLine(error)}` };
  }
  return { address, baseImage: BASE_IMAGE };
}

function isRequired(what: string): boolean {
  return (process.env['SMART_SCANNER_REQUIRE'] ?? '').split(/[\s,]+/).includes(what);
}

/** What the script said last. */
function lastLine(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
  return text.trim().split('\n').at(-1) ?? '';
}
