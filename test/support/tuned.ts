import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TunedApp } from '../fixtures/tuned-cli.ts';
import type { CliOptions } from './cli.ts';

/** Where test/build-once.ts puts them. */
const FIXTURES = join(import.meta.dirname, '..', '..', '.cache', 'fixtures');

/** Short enough for a test; in the product each is ten to thirty seconds. */
export const IMPATIENT = { beyondWorkerMs: 2_000, askedMs: 1_000, killedMs: 1_500 };

/** `scan` or `debug` with what only a test may change. */
export function tuned(app: TunedApp, options: CliOptions = {}): CliOptions {
  return {
    ...options,
    entry: join(FIXTURES, 'tuned-cli.cjs'),
    env: { ...options.env, SMART_SCANNER_TEST_APP: JSON.stringify(app) },
  };
}

/** Runs before a program, as what `--require` names. */
export function preloadOf(fixture: 'faulty-worker' | 'stepped-clock'): string {
  return join(FIXTURES, `${fixture}.cjs`);
}

/** Writes a stand-in for Node that runs a fixture before the program: for workers, which get none of the test's environment. */
export function nodeWith(
  dir: string,
  fixture: Parameters<typeof preloadOf>[0],
  env: Readonly<Record<string, string>>,
): string {
  const path = join(dir, 'node-with-fault');
  const exports = Object.entries(env).map(([name, value]) => `export ${name}='${value}'\n`);
  writeFileSync(
    path,
    `#!/bin/sh\n${exports.join('')}exec '${process.execPath}' --require '${preloadOf(fixture)}' "$@"\n`,
    { mode: 0o755 },
  );
  return path;
}
