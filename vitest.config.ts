import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{shared,worker,engine,cli,electron,renderer,test,bench,scripts}/**/*.test.ts'],
    // They drive the whole app on a screen: `npm run e2e`.
    exclude: ['test/e2e/**'],
    globalSetup: ['test/build-once.ts'],
    // In full, faults come beside a scan that starts thousands of workers.
    testTimeout: process.env['SMART_SCANNER_FAULTS'] === 'full' ? 600_000 : 240_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // The machines this must pass on have two cores, and many tests start processes of their own; but most of their time they wait.
    maxWorkers: 3,
  },
});
