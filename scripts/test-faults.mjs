// npm run test:faults -- [--runs 3] [--small] [--only text] [--out path]
// Every fault again and again with a fresh seed each time; prints a table and writes it as JSON and Markdown (<path>.json, <path>.md; default
// .cache/faults). Exit status 1 on any loss. Runs on Node 20. SMART_SCANNER_SEED=… npx vitest run <file> has one run again.
//   --small  as `npm test` does it: fewer kills, smaller scans
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEngine, stopEngine } from './private-engine.mjs';
import { interruptedStatus, interruption, node, root, run } from './runner.mjs';

/** Row of the table, and where it is tested. */
const FAULTS = [
  ['SIGKILL to the orchestrator', 'test/faults/orchestrator-killed.test.ts'],
  ['SIGKILL to the catalog process', 'test/faults/catalog-killed.test.ts'],
  ['SIGKILL to a worker or its container; exit 1', 'test/faults/worker-killed.test.ts'],
  ['too little memory (OOM)', 'test/out-of-memory.test.ts'],
  ['daemon stopped; daemon killed -9', 'test/faults/daemon-gone.test.ts'],
  ['connections to the daemon cut', 'test/reconnect.test.ts'],
  ['an API that never answers; one that cuts in an archive', 'test/faults/silent-api.test.ts'],
  ['a directory that never answers; a worker that can not die', 'test/faults/stuck-directory.test.ts'],
  ['EIO; a directory without end', 'test/faults/bad-directory.test.ts'],
  ['entries created, renamed, deleted', 'test/changing.test.ts'],
  ['disk full', 'test/disk-full.test.ts'],
  ['paused, and its mount taken away', 'test/pause.test.ts'],
  ['yielding to the host', 'test/yield.test.ts'],
  ['SIGSTOP; clock stepped by an hour', 'test/faults/stopped.test.ts'],
  ['half of all attempts killed', 'test/faults/many-kills.test.ts'],
];
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    small: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    out: { type: 'string', default: join(root, '.cache', 'faults') },
  },
});
const faults = FAULTS.filter(([name, file]) => `${name} ${file}`.includes(values.only));
const seeds = Array.from({ length: Number(values.runs) }, () => Math.floor(Math.random() * 1_000_000));
const report = join(root, '.cache', `faults-${process.pid}`);
const found = faults.map(([fault, file]) => ({
  fault,
  file,
  tests: 0,
  injected: 0,
  skipped: 0,
  losses: [],
  notes: [],
}));

if ((await run('sh', [join(root, 'scripts', 'setup.sh')])) !== 0) process.exit(1);
const engine = await startEngine(run);
if (engine.missing !== undefined) console.log(`SKIPPED: the faults of Docker: ${engine.missing}`);
try {
  mkdirSync(dirname(values.out), { recursive: true });
  for (const seed of seeds) if (interruption() === undefined) await once(seed);
} finally {
  rmSync(`${report}.json`, { force: true });
  rmSync(`${report}.ndjson`, { force: true });
  if (engine.isOurs) stopEngine();
}
const table = markdown();
console.log(table);
writeFileSync(`${values.out}.md`, `${table}\n`);
writeFileSync(`${values.out}.json`, JSON.stringify({ seeds, small: values.small, faults: found }, null, 2));
if (interruption() !== undefined) process.exit(interruptedStatus());
process.exit(found.some(({ losses }) => losses.length > 0) ? 1 : 0);

async function once(seed) {
  console.log(`SMART_SCANNER_SEED=${seed}`);
  rmSync(`${report}.json`, { force: true });
  writeFileSync(`${report}.ndjson`, '');
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}.json`];
  await run(node, ['node_modules/vitest/vitest.mjs', ...args, ...faults.map(([, file]) => file)], {
    SMART_SCANNER_SEED: String(seed),
    SMART_SCANNER_FAULTS: values.small ? 'small' : 'full',
    SMART_SCANNER_FAULTS_REPORT: `${report}.ndjson`,
    SMART_SCANNER_TEST_DOCKER: engine.address ?? '',
    SMART_SCANNER_TEST_DOCKER_MISSING: engine.missing ?? '',
  });
  const said = readFileSync(`${report}.ndjson`, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  for (const row of found) look(row, seed, said);
}

/** Adds what became of one file's tests. One that left no result is a loss. */
function look(row, seed, said) {
  let tests = [];
  try {
    const { testResults } = JSON.parse(readFileSync(`${report}.json`, 'utf8'));
    tests = testResults.filter(({ name }) => name === join(root, row.file)).flatMap((file) => file.assertionResults);
  } catch (error) {
    console.log(`Vitest left no report: ${error.message}`);
  }
  const ran = tests.filter(({ status }) => status === 'passed' || status === 'failed');
  row.tests += ran.length;
  row.skipped += tests.length - ran.length;
  if (tests.length === 0) row.losses.push({ seed, test: 'none ran' });
  for (const { status, fullName } of tests) if (status === 'failed') row.losses.push({ seed, test: fullName });
  for (const line of said) {
    if (line.file !== row.file) continue;
    row.injected += line.injected;
    row.notes.push({ fault: line.fault, seed: line.seed, injected: line.injected, more: line.more });
  }
}

function markdown() {
  const rows = found.map(({ fault, tests, injected, skipped, losses }) =>
    [fault, tests, injected === 0 ? '' : injected, skipped === 0 ? '' : skipped, losses.length].join(' | '),
  );
  const head = ['fault | tests run | faults injected | skipped | losses', '--- | --: | --: | --: | --:'];
  return [`Seeds: ${seeds.join(', ')}`, '', ...[...head, ...rows].map((row) => `| ${row} |`)].join('\n');
}
