// node scripts/test.mjs [vitest arguments…]
// Sets everything up, then checks types, rules and format and runs the tests, with a private Docker Engine where one can be started, and the
// tests of the desktop app (test/e2e, not where arguments choose tests) where there is an Electron for them.
// Tests that failed are tried once more, alone: what only failed in the company of others is said, and has passed.
// Its last line is `N passed, N failed, N skipped`; what failed, and why, stands in the lines before it. Runs on Node 20 with nothing installed.
//   SMART_SCANNER_TEST_DOCKER=unix://…  an engine to test with, instead of a private one
//   SMART_SCANNER_REQUIRE=docker,fuse,electron   any of them. docker: without an engine the Docker tests fail; else they are skipped. fuse:
//                                       without /dev/fuse and the right to mount the tests with a FUSE file system fail. electron: without
//                                       one the tests of the desktop app fail
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { desktopSession } from './desktop-session.mjs';
import { startEngine, stopEngine } from './private-engine.mjs';
import { interruptedStatus, interruption, node, root, run } from './runner.mjs';

/** With more files than these failing, something else is wrong than that a machine was busy. */
const MOST_TRIED_AGAIN = 8;
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
    const args = ['node_modules/vitest/vitest.mjs', 'run', ...reporters()];
    await vitest((files) => run(node, [...args, ...(files ?? chosen)], environment));
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
    await vitest((files = []) => {
      const { command, args } = session.vitest([...reporters(), ...files]);
      return run(command, args, { ...environment, ...session.environment });
    });
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

/** `start` runs all tests, or those of the files that it is given. */
async function vitest(start) {
  const first = await results(() => start());
  if (first === null) return;
  const bad = first.files.filter(isBad);
  if (bad.length === 0 || bad.length > MOST_TRIED_AGAIN) return count(first);
  console.log(`Once more, alone: ${bad.map(({ name }) => nameOf(name)).join(', ')}`);
  // One at a time: a file beside another one that failed would not be alone.
  const again = [];
  let status = 0;
  for (const { name } of bad) {
    const second = await results(() => start([nameOf(name)]));
    if (second === null) return;
    again.push(...second.files.filter((file) => file.name === name));
    status = Math.max(status, second.status);
    if (second.problem !== undefined) notes.push(second.problem);
  }
  const agains = new Map(again.map((file) => [file.name, file]));
  for (const file of bad) {
    const isMended = agains.has(file.name) && !isBad(agains.get(file.name));
    for (const { test, why } of failures(file)) {
      if (isMended) notes.push(`Passed at the second try, alone: ${test}: ${why}`);
    }
  }
  count({ ...first, status, files: first.files.map((file) => agains.get(file.name) ?? file) });
}

/** What Vitest counted; null where it was interrupted. */
async function results(start) {
  rmSync(report, { force: true });
  const status = await start();
  if (interruption() !== undefined) return null;
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
    return { status, files: testResults };
  } catch (error) {
    return { status, files: [], problem: `FAILED: Vitest left no report (${error.message})` };
  }
}

/** A file that can't be loaded has no tests to count, nor has an error outside of any test: one failure each. */
function isBad(file) {
  return file.status === 'failed' || file.assertionResults.some(({ status }) => status === 'failed');
}

function failures(file) {
  const failed = file.assertionResults.filter(({ status }) => status === 'failed');
  const told = failed.map(({ fullName, failureMessages }) => ({ name: fullName, why: failureMessages[0] ?? '' }));
  if (told.length === 0) told.push({ name: 'outside of any test', why: file.message ?? '' });
  return told.map(({ name, why }) => ({
    test: `${nameOf(file.name)} > ${name}`,
    why: why.split('\n', 1)[0].slice(0, 300),
  }));
}

/** `test/x.test.ts` */
function nameOf(path) {
  return relative(root, path);
}

function count({ status, files, problem }) {
  const failedBefore = totals.failed;
  for (const file of files) {
    const of = (...states) => file.assertionResults.filter((test) => states.includes(test.status)).length;
    totals.passed += of('passed');
    totals.skipped += of('pending', 'skipped', 'todo', 'disabled');
    if (!isBad(file)) continue;
    totals.failed += Math.max(1, of('failed'));
    for (const { test, why } of failures(file)) notes.push(`FAILED: ${test}: ${why}`);
  }
  if (problem !== undefined) notes.push(problem);
  if (status !== 0 && totals.failed === failedBefore) totals.failed += 1;
}
