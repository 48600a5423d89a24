// node scripts/test.mjs [vitest arguments…]
// Sets everything up, then checks types, rules and format and runs the tests, with a private Docker Engine where one can be started.
// Its last line is `N passed, N failed, N skipped`. Runs on Node 20 with nothing installed.
//   SMART_SCANNER_TEST_DOCKER=unix://…  an engine to test with, instead of a private one
//   SMART_SCANNER_REQUIRE=docker        without an engine the Docker tests fail; else they are skipped. So `fuse`, or `docker,fuse`:
//                                       without /dev/fuse and the right to mount the tests with a FUSE file system fail
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { startEngine, stopEngine } from './private-engine.mjs';

const root = join(import.meta.dirname, '..');
const node = join(root, 'node_modules', 'node', 'bin', 'node');
const report = join(root, '.cache', `vitest-${process.pid}.json`);
const totals = { passed: 0, failed: 0, skipped: 0 };
const notes = [];
let running;
let interrupted;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // A terminal's Ctrl-C has reached the running child as well; the others have not. What was started is stopped below.
  process.on(signal, () => {
    interrupted ??= signal;
    running?.kill(signal);
  });
}

if (await step('setup', 'sh', [join(root, 'scripts', 'setup.sh')])) {
  await step('types', node, ['node_modules/typescript/bin/tsc', '-b', '--noEmit']);
  await step('rules', node, ['node_modules/eslint/bin/eslint.js', '.']);
  await step('format', node, ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.']);
  await tests();
}
if (interrupted !== undefined) notes.push(`Interrupted by ${interrupted}: not all was run.`);
for (const note of notes) console.log(note);
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(interrupted !== undefined ? 128 + constants.signals[interrupted] : totals.failed > 0 ? 1 : 0);

/** A check that counts as one test. */
async function step(name, command, args) {
  const started = Date.now();
  const status = await run(command, args);
  if (interrupted !== undefined) return false;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  totals[status === 0 ? 'passed' : 'failed'] += 1;
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (status !== 0) notes.push(`FAILED: ${name}`);
  return status === 0;
}

async function tests() {
  const engine = await startEngine(run);
  if (engine.missing !== undefined && interrupted === undefined) {
    const isRequired = (process.env.SMART_SCANNER_REQUIRE ?? '').split(/[\s,]+/).includes('docker');
    if (isRequired) totals.failed += 1;
    notes.push(`${isRequired ? 'FAILED' : 'SKIPPED'}: the tests with Docker: ${engine.missing}`);
  }
  try {
    mkdirSync(join(root, '.cache'), { recursive: true });
    const status = await run(
      node,
      [
        'node_modules/vitest/vitest.mjs',
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
      ].concat(process.argv.slice(2)),
      {
        SMART_SCANNER_TEST_DOCKER: engine.address ?? '',
        SMART_SCANNER_TEST_DOCKER_MISSING: engine.missing ?? '',
      },
    );
    if (interrupted === undefined) count(status);
  } finally {
    rmSync(report, { force: true });
    // Not by run(): a signal must not reach what cleans up.
    if (engine.isOurs) stopEngine();
  }
}

/** Adds what Vitest counted. A file that can't be loaded has no tests to count, nor has an error outside of any test: one failure each. */
function count(status) {
  const failedBefore = totals.failed;
  try {
    const results = JSON.parse(readFileSync(report, 'utf8'));
    totals.passed += results.numPassedTests;
    totals.failed += results.numFailedTests;
    totals.skipped += results.numPendingTests + results.numTodoTests;
    totals.failed += results.testResults.filter(
      (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
    ).length;
  } catch (error) {
    notes.push(`FAILED: Vitest left no report (${error.message})`);
  }
  if (status !== 0 && totals.failed === failedBefore) totals.failed += 1;
}

/** Runs to its end in the project's directory; gives the exit status, 1 where there is none. Starts nothing once interrupted. */
function run(command, args, environment = {}, stdout = 'inherit') {
  if (interrupted !== undefined) return Promise.resolve(1);
  return new Promise((resolve) => {
    running = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', stdout, 'inherit'],
    });
    running.once('error', (error) => {
      console.error(String(error));
      resolve(1);
    });
    running.once('exit', (status) => resolve(status ?? 1));
  });
}
