// The private Docker Engine of the tests, or the one that SMART_SCANNER_TEST_DOCKER names.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const engineScript = join(import.meta.dirname, 'test-engine.sh');

/** {address, isOurs}, or {missing: why in words}. `run`: runs a program to its end and gives its exit status. */
export async function startEngine(run) {
  const given = process.env.SMART_SCANNER_TEST_DOCKER ?? '';
  if (given !== '') return { address: given, isOurs: false };
  const missing = cannotStart();
  if (missing !== undefined)
    return { missing: `${missing}; SMART_SCANNER_TEST_DOCKER=unix://… would name an engine`, isOurs: false };
  if ((await run(engineScript, ['start'], {}, 'ignore')) !== 0)
    return { missing: 'the private Docker Engine did not start, see above', isOurs: true };
  const said = spawnSync(engineScript, ['env'], { encoding: 'utf8' }).stdout;
  return { address: said.trim().replace(/^DOCKER_HOST=/, ''), isOurs: true };
}

function cannotStart() {
  if (process.platform !== 'linux') return 'a private Docker Engine can be started on Linux only';
  if (process.getuid() !== 0) return 'starting a private Docker Engine takes root';
  const absent = ['dockerd', 'curl', 'flock'].filter(
    (program) => spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${program}`]).status !== 0,
  );
  return absent.length > 0 ? `${absent.join(', ')} not installed, which a private Docker Engine takes` : undefined;
}

/** Not by the caller's `run`: a signal must not reach what cleans up. */
export function stopEngine() {
  spawnSync(engineScript, ['stop'], { stdio: 'inherit', detached: true });
}
