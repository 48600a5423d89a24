// The desktop app's part of scripts/build.mjs: main and preload for Electron, the pages of its window, and its icons. One bundler for all of
// it, the one that bundles the other programs.
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { iconFiles, packageIcons } from '../build/icons.mjs';

/** The oldest Electron that it must run on: 25, with Node 18 and Chromium 114. ESM in main takes a newer one. */
const OLDEST = { node: 'node18', chrome: 'chrome114' };

/** Like esbuild's result: `outputFiles`, nothing written yet. */
export async function buildDesktop(root, plugins) {
  const desktop = join(root, 'dist', 'desktop');
  const common = {
    write: false,
    bundle: true,
    absWorkingDir: root,
    sourcemap: false,
    legalComments: 'none',
    logLevel: 'warning',
  };
  const electron = {
    ...common,
    platform: 'node',
    format: 'cjs',
    target: OLDEST.node,
    external: ['electron', '*.node', 'cpu-features'],
  };
  const results = await Promise.all([
    build({
      ...electron,
      entryPoints: [join(root, 'electron/main/main.ts')],
      outfile: join(desktop, 'main.cjs'),
      // A third less to read and compile at each start; names stay, for what a log says.
      minifyWhitespace: true,
      minifySyntax: true,
      plugins,
    }),
    build({
      ...electron,
      entryPoints: [join(root, 'electron/preload/preload.ts')],
      outfile: join(desktop, 'preload.cjs'),
      minifySyntax: true,
    }),
    build({
      ...common,
      entryPoints: { page: join(root, 'renderer/main.tsx'), style: join(root, 'renderer/styles/main.css') },
      outdir: join(desktop, 'pages'),
      platform: 'browser',
      format: 'esm',
      target: OLDEST.chrome,
      jsx: 'automatic',
      minify: true,
      define: { 'process.env.NODE_ENV': '"production"' },
    }),
  ]);
  const page = {
    path: join(desktop, 'pages', 'index.html'),
    contents: readFileSync(join(root, 'renderer/index.html')),
  };
  const icons = iconFiles().map(({ name, contents }) => ({ path: join(desktop, 'icons', name), contents }));
  const installers = packageIcons().map(({ name, contents }) => ({
    path: join(root, 'dist', 'icons', name),
    contents,
  }));
  return { outputFiles: [...results.flatMap(({ outputFiles }) => outputFiles), page, ...icons, ...installers] };
}
