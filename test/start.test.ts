import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from './support/temporary.ts';

const ROOT = join(import.meta.dirname, '..');

it('npm start says in one sentence that Electron is missing and can not be downloaded, and names the command line', () => {
  const { status, stdout, stderr } = spawnSync('node', [join(ROOT, 'scripts', 'start.mjs')], {
    encoding: 'utf8',
    env: {
      ...process.env,
      ELECTRON_OVERRIDE_DIST_PATH: temporaryDirectory(),
      // Nobody listens there, and nothing was fetched before.
      ELECTRON_MIRROR: 'http://127.0.0.1:9/',
      electron_config_cache: temporaryDirectory(),
      XDG_CACHE_HOME: temporaryDirectory(),
    },
  });
  expect(status).toBe(3);
  expect(stdout).toBe('');
  const [fetching, sentence, ...more] = stderr.trim().split('\n');
  expect(fetching).toMatch(/fetching Electron [\d.]+ \(once\)/);
  expect(sentence).toContain(
    'could not be downloaded; the command line does everything without it: ./smart-scanner scan',
  );
  expect(more).toEqual([]);
});
