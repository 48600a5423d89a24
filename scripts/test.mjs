// node scripts/test.mjs [vitest arguments…]
// Sets everything up, then checks types, rules and format and runs the tests, with a private Docker Engine where one can be started, and the
// tests of the desktop app (test/e2e, not where arguments choose tests) where there is an Electron for them.
// Its last line is `N passed, N failed, N skipped`. Runs on Node 20 with nothing installed.
//   SMART_SCANNER_TEST_DOCKER=unix://…  an engine to test with, instead of a private one
//   SMART_SCANNER_REQUIRE=docker,fuse,electron   any of them. docker: without an engine the Docker tests fail; else they are skipped. fuse:
//                                       without /dev/fuse and the right to mount the tests with a FUSE file system fail. electron: without
//                                       one the tests of the desktop app fail
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { desktopSession } from './desktop-session.mjs';
import { startEngine, stopEngine } from './private-engine.mjs';
import { interruptedStatus, interruption, node, root, run } from './runner.mjs';

const report = join(root, '.cache', `vitest-${process.pid}.json`);
const chosen = process.argv.slice(2);
const totals = { passed: 0, failed: 0, skipped: 0 };
const notes = [];

if (await step('setup', 'sh', [join(root, 'scripts', 'setup.sh')])) {
  await step('types', node, ['node_modules/typescript/bin/tsc', '-b', '--noEmit']);
  await step('rules', node, ['node_modules/eslint/bin/eslint.js', '.']);
  await step('format', node, ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.']);
  await tests();
}
const interrupted = interruption();
if (interrupted !== undefined) notes.push(`Interrupted by ${interrupted}: not all was run.`);
for (const note of notes) console.log(note);
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(interrupted !== undefined ? interruptedStatus() : totals.failed > 0 ? 1 : 0);

/** A check that counts as one test. */
async function step(name, command, args) {
  const started = Date.now();
  const status = await run(command, args);
  if (interruption() !== undefined) return false;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  totals[status === 0 ? 'passed' : 'failed'] += 1;
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (status !== 0) notes.push(`FAILED: ${name}`);
  return status === 0;
}

async function tests() {
  const engine = await startEngine(run);
  if (engine.missing !== undefined) isMissing('docker', 'the tests with Docker', engine.missing);
  const environment = {
    SMART_SCANNER_TEST_DOCKER: engine.address ?? '',
    SMART_SCANNER_TEST_DOCKER_MISSING: engine.missing ?? '',
  };
  try {
    mkdirSync(join(root, '.cache'), { recursive: true });
    await vitest(node, ['node_modules/vitest/vitest.mjs', 'run', ...reporters(), ...chosen], environment);
    if (chosen.length === 0) await desktopTests(environment);
  } finally {
    rmSync(report, { force: true });
    // Not by run(): a signal must not reach what cleans up.
    if (engine.isOurs) stopEngine();
  }
}

async function desktopTests(environment) {
  const session = await desktopSession(run);
  if (session.missing !== undefined) return isMissing('electron', 'the tests of the desktop app', session.missing);
  try {
    const { command, args } = session.vitest(reporters());
    await vitest(command, args, { ...environment, ...session.environment });
  } finally {
    session.end();
  }
}

function reporters() {
  return ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
}

/** A failure where it is required; else it is said that these tests were left out, and why. */
function isMissing(what, tests, why) {
  if (interruption() !== undefined) return;
  const isRequired = (process.env.SMART_SCANNER_REQUIRE ?? '').split(/[\s,]+/).includes(what);
  if (isRequired) totals.failed += 1;
  notes.push(`${isRequired ? 'FAILED' : 'SKIPPED'}: ${tests}: ${why}`);
}

async function vitest(command, args, environment) {
  rmSync(report, { force: true });
  const status = await run(command, args, environment);
  if (interruption() === undefined) count(status);
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
