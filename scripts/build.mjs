// Bundles each program into one file in dist/. Runs on Node 20 too (the launcher calls it before Node 24 is there).
//   --with-fixtures  also what tests start in a program's place, again and again: into .cache/fixtures/
import { dirname, join, relative, sep } from 'node:path';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { buildDesktop } from './build-desktop.mjs';

const root = join(import.meta.dirname, '..');
const entries = {
  // CommonJS: the loader of ES modules costs every thread some milliseconds, and a worker is started for every chunk. Of the command line it took
  // a third of a start: what it imports of Node is loaded whole then, an HTTP client of its own too.
  'worker.cjs': 'worker/main.ts',
  'catalog.mjs': 'engine/catalog/process.ts',
  'cli.cjs': 'cli/main.ts',
};
/** Not in the worker image: only a window looks at logs. */
const desktopEntries = { 'logs.mjs': 'engine/log/viewer-process.ts' };

/** As TypeScript each start of them would cost a second of processor time. */
const fixtureEntries = {
  'tuned-cli.cjs': 'test/fixtures/tuned-cli.ts',
  'faulty-worker.cjs': 'test/fixtures/faulty-worker.ts',
  'stepped-clock.cjs': 'test/fixtures/stepped-clock.ts',
};
const programs = [
  ...Object.entries({ ...entries, ...desktopEntries }).map(([name, entry]) => ['dist', name, entry]),
  ...(process.argv.includes('--with-fixtures')
    ? Object.entries(fixtureEntries).map(([name, entry]) => [join('.cache', 'fixtures'), name, entry])
    : []),
];

/** The large ones are shortened: a third less to read and compile at each start. Names stay, for what a log says. */
const LARGE = {
  minifyWhitespace: true,
  minifySyntax: true,
  define: { 'import.meta.url': '__here', 'import.meta.dirname': '__dirname' },
  banner: { js: "const __here = require('node:url').pathToFileURL(__filename).href;" },
};
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); const __dirname = import.meta.dirname;";

/** What dockerode can do and we never ask of it: its SSH (no host-key check, one connection a request) and BuildKit sessions. */
const unused = {
  name: 'unused',
  setup(bundle) {
    bundle.onResolve({ filter: /^(ssh2|protobufjs|@grpc\/grpc-js|@grpc\/proto-loader)$/ }, ({ path, importer }) =>
      // We use it ourselves, in our own way.
      path === 'ssh2' && !/docker-modem/.test(importer) ? undefined : { path, namespace: 'unused' },
    );
    bundle.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
  },
};

const outputs = await Promise.all([
  ...programs.map(([folder, name, entry]) =>
    build({
      write: false,
      entryPoints: [join(root, entry)],
      outfile: join(root, folder, name),
      bundle: true,
      // Comments in a bundle name files relative to this: the same source gives the same bytes anywhere.
      absWorkingDir: root,
      platform: 'node',
      format: name.endsWith('.cjs') ? 'cjs' : 'esm',
      target: 'node24',
      sourcemap: false,
      legalComments: 'none',
      logLevel: 'warning',
      // better-sqlite3 is native; it lies beside the bundles in node_modules.
      plugins: [unused],
      // ssh2 does without its own native parts.
      external: ['better-sqlite3', '*.node', 'cpu-features'],
      ...(name.endsWith('cli.cjs') ? LARGE : name.endsWith('.cjs') ? {} : { banner: { js: REQUIRE } }),
    }),
  ),
  buildDesktop(root, [unused]),
]);

// Replaced whole: a scan that runs meanwhile starts workers from these files and must not read half of one.
for (const { path, contents } of outputs.flatMap(({ outputFiles }) => outputFiles)) {
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}.new`;
  writeFileSync(fresh, contents);
  renameSync(fresh, path);
}

// What Dockerfile.smart copies, and its hash: an image with another one carries another program.
const SQLITE = 'node_modules/better-sqlite3';
const files = [
  'Dockerfile.smart',
  ...Object.keys(entries).map((name) => `dist/${name}`),
  `${SQLITE}/package.json`,
  `${SQLITE}/LICENSE`,
  ...listFiles(`${SQLITE}/lib`),
  ...listFiles(`${SQLITE}/prebuilds`).filter((path) => path.includes('/linux')),
].sort();
const hash = createHash('sha256');
for (const path of files) {
  const content = readFileSync(join(root, path));
  hash.update(`${path}\0${content.length}\0`).update(content);
}
// Told beside the hash, not part of it: the program is what it is.
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
writeFileSync(
  join(root, 'dist', 'image-content.json'),
  `${JSON.stringify({ hash: hash.digest('hex'), version, files }, null, 2)}\n`,
);

function listFiles(dir) {
  return readdirSync(join(root, dir), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));
}
