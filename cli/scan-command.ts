import { posix, resolve } from 'node:path';
import { formatLine } from '../engine/log/format.ts';
import type { App, ResumeRequest, ScanHandle, ScanListener } from '../engine/app/app.ts';
import { EXIT, SmartScannerError, type ExitStatus } from '../shared/errors.ts';
import { EXCLUDE_PRESETS, LIMITS, SETTINGS_VERSION, defaultSettings, type ScanRequest } from '../shared/settings.ts';
import type { ScanSnapshot } from '../shared/snapshot.ts';
import { formatBytes } from '../shared/units.ts';
import { certificateText, retryLine, summaryLine } from './certificate-text.ts';
import { frame } from './display.ts';
import { planText } from './plan-text.ts';
import type { ScanOptions } from './scan-program.ts';
import { askYesNo, canAsk } from './question.ts';
import { onStopSignals } from './signals.ts';
import type { Terminal } from './terminal.ts';
import { safeText, toJsonLine } from './text.ts';

export interface ScanArguments {
  /** null where an unfinished scan is to go on. */
  readonly mountPath: string | null;
  readonly mountName: string | null;
  readonly options: ScanOptions;
  readonly given: ReadonlySet<string>;
}

/** `smart-scanner scan`. Gives the exit status. */
export async function scanCommand(
  app: App,
  { mountPath, mountName, options, given }: ScanArguments,
  terminal: Terminal,
): Promise<ExitStatus> {
  const path = mountPath === null ? '' : await onItsHost(app, mountPath, options.runtime);
  const request = toRequest(path, mountName ?? '', options);
  const listener = listenerOf(options, terminal);
  if (options.planOnly) {
    const stop = new AbortController();
    const end = (): void => stop.abort();
    const signals = onStopSignals(end, end);
    try {
      const report = await app.commands.plan(request, listener, stop.signal);
      terminal.out(options.json ? toJsonLine(report) : planText(report, terminal.colors));
    } finally {
      signals.end();
    }
    return EXIT.covered;
  }
  if (!options.json && !options.quiet && !options.resume)
    listener.progress(`Chunks of up to ${formatBytes(request.settings.chunkBytes)}.`);
  return await untilEnded(begin(app, request, mountName, options, given, listener), options.json, terminal);
}

function begin(
  app: App,
  request: ScanRequest,
  mountName: string | null,
  options: ScanOptions,
  given: ReadonlySet<string>,
  listener: ScanListener,
): ScanHandle {
  const resume = {
    mountName,
    ...(request.mountPath === '' ? {} : { mountPath: request.mountPath }),
    changes: changesOf(request, given),
  };
  if (options.takeOver) return app.commands.takeOver({ request: options.resume ? null : request, resume }, listener);
  return options.resume ? app.commands.resume(resume, listener) : app.commands.scan(request, listener);
}

/** Passes Ctrl-C on, and prints how the scan ended. Gives the exit status. */
export async function untilEnded(handle: ScanHandle, json: boolean, terminal: Terminal): Promise<ExitStatus> {
  const signals = onStopSignals(
    () => {
      if (!json) terminal.err('Stopping: workers commit what they have. Press Ctrl-C again to stop at once.');
      handle.stop('graceful');
    },
    () => handle.stop('now'),
  );
  try {
    const outcome = await handle.done;
    terminal.draw(null);
    if (json) terminal.out(toJsonLine({ event: 'outcome', ...outcome }));
    else {
      terminal.out(summaryLine(outcome.certificate, outcome.durationMs));
      terminal.out('');
      terminal.out(certificateText(outcome.certificate, terminal.colors));
      terminal.out(`  Log: ${safeText(outcome.logPath)}`);
      const next = retryLine(outcome.certificate);
      if (next !== null) terminal.out(`  ${next}`);
    }
    return outcome.exitStatus;
  } finally {
    signals.end();
    terminal.draw(null);
  }
}

/** A path of this computer may be relative to where the command runs; one of another machine is that machine's. */
async function onItsHost(app: App, path: string, runtime: ScanOptions['runtime']): Promise<string> {
  if (runtime === 'process') return resolve(path);
  const { isRemote, address } = await app.queries.chosenHost();
  if (!isRemote) return resolve(path);
  if (!path.startsWith('/')) {
    throw new SmartScannerError('USAGE', `"${path}" is a relative path, and ${address} is another machine.`, {
      hint: 'Name the directory as it is called there, from its root on, e.g. /mnt/user/Videos; `smart-scanner shares` shows what there is.',
    });
  }
  return posix.normalize(path).replace(/(.)\/$/u, '$1');
}

function toRequest(mountPath: string, mountName: string, options: ScanOptions): ScanRequest {
  const presets = options.excludePreset.flatMap((name) => EXCLUDE_PRESETS[name] ?? []);
  return {
    mountPath,
    mountName,
    settings: {
      ...defaultSettings(),
      version: SETTINGS_VERSION,
      chunkBytes: options.chunkSize,
      chunkEntries: options.chunkFiles,
      maxContainers: options.maxContainers ?? null,
      planWay: options.fastStart ? 'fast-start' : options.measure ? 'measure' : 'auto',
      analysisTimeoutMs: options.analysisTimeout * 1000,
      runtime: options.runtime,
      image: options.image ?? null,
      host: options.host ?? null,
      cpus: options.cpus,
      memoryBytes: options.memory,
      threads: options.threads ?? null,
      retries: options.retries,
      excludes: [...presets, ...options.exclude],
      crossFilesystems: options.crossFilesystems,
      stallTimeoutMs: options.stallTimeout * 1000,
      healthIntervalMs: options.healthInterval * 1000,
      window: options.window ?? null,
      yieldTo: options.yieldTo,
      pauseTimeoutMs: options.pauseTimeout ?? (options.json ? LIMITS.pauseTimeoutJsonMs : LIMITS.pauseTimeoutMs),
      load: options.load,
      keepScans: options.keepScans,
      publish: options.publish,
    },
  };
}

/** A scan that goes on keeps its settings, but for what was said anew and changes no chunk. */
function changesOf({ settings }: ScanRequest, given: ReadonlySet<string>): ResumeRequest['changes'] {
  const { maxContainers, load, retries, stallTimeoutMs, healthIntervalMs, publish, window, yieldTo, pauseTimeoutMs } =
    settings;
  return {
    ...(given.has('maxContainers') ? { maxContainers } : {}),
    ...(given.has('load') ? { load } : {}),
    ...(given.has('retries') ? { retries } : {}),
    ...(given.has('stallTimeout') ? { stallTimeoutMs } : {}),
    ...(given.has('healthInterval') ? { healthIntervalMs } : {}),
    ...(given.has('publish') ? { publish } : {}),
    ...(given.has('window') ? { window } : {}),
    ...(given.has('yieldTo') ? { yieldTo } : {}),
    ...(given.has('pauseTimeout') ? { pauseTimeoutMs } : {}),
  };
}

/** NDJSON, a live display, plain lines, or nothing, as asked and as the terminal can. */
export function listenerOf(options: { json: boolean; quiet: boolean }, terminal: Terminal): ScanListener {
  const silent = (): void => undefined;
  if (options.json) {
    return {
      snapshot: (snapshot) => terminal.out(toJsonLine({ event: 'snapshot', snapshot })),
      log: (line) => terminal.out(toJsonLine({ event: 'log', ...line })),
      progress: (text) => terminal.out(toJsonLine({ event: 'progress', text })),
    };
  }
  if (options.quiet)
    return {
      snapshot: silent,
      log: (line) => (line.level === 'ERROR' ? terminal.err(safeText(formatLine(line))) : undefined),
      progress: silent,
    };
  if (!terminal.live)
    return {
      snapshot: silent,
      log: (line) => terminal.out(safeText(formatLine(line))),
      progress: (text) => terminal.out(safeText(text)),
    };
  let scanning = false;
  return {
    ...(canAsk(options.json) ? { agree: (question: string) => askYesNo(safeText(question)) } : {}),
    snapshot: (snapshot: ScanSnapshot) => {
      scanning = true;
      terminal.draw(frame(snapshot, terminal.width(), terminal.colors));
    },
    log: silent,
    progress: (text) => (scanning ? undefined : terminal.out(safeText(text))),
  };
}
