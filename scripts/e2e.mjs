// node scripts/e2e.mjs [vitest arguments…]
// Drives the real desktop app: sets up what that takes (packages, as root on Debian and Ubuntu; an Electron; a private Docker Engine), then runs
// test/e2e on a screen and a session bus of their own. Screenshots lie in .cache/e2e afterwards. `npm test` runs the same tests.
//   SMART_SCANNER_TEST_ELECTRON=<folder>   an Electron to test with
//   SMART_SCANNER_TEST_DOCKER=unix://…     an engine to test with, instead of a private one
import { join } from 'node:path';
import { desktopSession } from './desktop-session.mjs';
import { startEngine, stopEngine } from './private-engine.mjs';
import { interruptedStatus, interruption, root, run } from './runner.mjs';

const CANNOT = 3;
process.exitCode = await e2e();
if (interruption() !== undefined) process.exitCode = interruptedStatus();

async function e2e() {
  const setup = await run('sh', [join(root, 'scripts', 'setup.sh')]);
  if (setup !== 0) return setup;
  const session = await desktopSession(run);
  if (session.missing !== undefined) {
    console.error(`The desktop app can't be tested here: ${session.missing}.`);
    return CANNOT;
  }
  const engine = await startEngine(run);
  try {
    const { command, args } = session.vitest(process.argv.slice(2));
    return await run(command, args, {
      ...session.environment,
      SMART_SCANNER_TEST_DOCKER: engine.address ?? '',
      SMART_SCANNER_TEST_DOCKER_MISSING: engine.missing ?? '',
    });
  } finally {
    session.end();
    if (engine.isOurs) stopEngine();
  }
}
