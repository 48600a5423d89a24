// Bundles each program into one file in dist/. Runs on Node 20 too (the launcher calls it before Node 24 is there).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const entries = {
  worker: 'worker/main.ts',
  catalog: 'engine/catalog/process.ts',
  cli: 'cli/main.ts',
};

await Promise.all(
  Object.entries(entries)
    .filter(([, entry]) => existsSync(join(root, entry)))
    .map(([name, entry]) =>
      build({
        entryPoints: [join(root, entry)],
        outfile: join(root, 'dist', `${name}.mjs`),
        bundle: true,
        platform: 'node',
        format: 'esm',
        target: 'node24',
        sourcemap: false,
        legalComments: 'none',
        logLevel: 'warning',
        // better-sqlite3 is native; it lies beside the bundles in node_modules.
        external: ['better-sqlite3', '*.node'],
        banner: {
          js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
        },
      }),
    ),
);
