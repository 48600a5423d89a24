import { resolve } from 'node:path';
import type { App } from '../engine/app/app.ts';
import type { ImageReport } from '../engine/app/image.ts';
import { EXIT, type ExitStatus } from '../shared/errors.ts';
import { formatBytes } from '../shared/units.ts';
import type { CommonOptions } from './common-options.ts';
import { onStopSignals } from './signals.ts';
import type { Terminal } from './terminal.ts';
import { safeText, toJsonLine } from './text.ts';

export type ImageAction =
  { readonly kind: 'status' | 'prepare' } | { readonly kind: 'export' | 'load'; readonly path: string };

export type ImageOptions = CommonOptions & { image?: string };

/** `smart-scanner image …`. `status`: 3 where a scan would have to build first. */
export async function imageCommand(
  app: App,
  action: ImageAction,
  options: ImageOptions,
  terminal: Terminal,
): Promise<ExitStatus> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  const signals = onStopSignals(end, end);
  const request = {
    image: options.image ?? null,
    onProgress: (line: string) => (options.json ? undefined : terminal.err(safeText(line))),
    signal: stop.signal,
  };
  try {
    const report = await run(app, action, request);
    terminal.out(options.json ? toJsonLine(report) : imageText(report, action));
    return report.state === 'ready' ? EXIT.covered : EXIT.notStarted;
  } finally {
    signals.end();
  }
}

async function run(
  app: App,
  action: ImageAction,
  request: Parameters<App['commands']['image']['status']>[0],
): Promise<ImageReport> {
  const { image } = app.commands;
  switch (action.kind) {
    case 'status':
      return await image.status(request);
    case 'prepare':
      return await image.prepare(request);
    case 'export':
      return await image.export({ ...request, path: resolve(action.path) });
    case 'load':
      return await image.load({ ...request, path: resolve(action.path) });
  }
}

const STATES: Record<ImageReport['state'], string> = {
  ready: 'ready: carries exactly this program',
  outdated: 'of another version: the next scan builds it again',
  missing: 'missing: the first scan builds it',
  foreign: 'of somebody else: choose another name with --image',
};

function imageText(report: ImageReport, action: ImageAction): string {
  const { name, state, image, wanted, hostName, address } = report;
  const lines = [`${safeText(name)} on ${safeText(hostName)} (${safeText(address)}): ${STATES[state]}`];
  const version = (of: { readonly content: string | null; readonly version: string | null }): string =>
    `version ${of.version ?? 'unknown'}, content ${of.content?.slice(0, 12) ?? 'none'}`;
  lines.push(`  wanted  ${version(wanted)}`);
  if (image !== null)
    lines.push(`  there   ${safeText(version(image))}, ${formatBytes(image.bytes)}, ${safeText(image.architecture)}`);
  if (action.kind === 'export')
    lines.push(`Written to ${safeText(action.path)}. On the NAS: smart-scanner --host NAME image load FILE`);
  return lines.join('\n');
}
