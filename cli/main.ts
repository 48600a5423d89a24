import { CommanderError } from 'commander';
import { EXIT, toSmartScannerError, type SmartScannerError } from '../shared/errors.ts';
import type { App } from '../engine/app/app.ts';
import { dataDirOf } from '../engine/app/data-dir.ts';
import type { CommonOptions } from './common-options.ts';
import { buildProgram, isHelp, type Actions } from './program.ts';
import { hostKeyPolicy } from './host-key-question.ts';
import { terminalSecrets } from './secret-question.ts';
import { openTerminal, type Terminal } from './terminal.ts';
import { safeText, toJsonLine } from './text.ts';
import packageJson from '../package.json' with { type: 'json' };

/**
 * Runs one command with an app of its own and closes it in any case. Where `onlyOutput` is what it is run for, output that can't be written
 * fails it.
 */
async function withApp(
  options: CommonOptions,
  onlyOutput: boolean,
  work: (app: App, terminal: Terminal) => Promise<number>,
): Promise<void> {
  const terminal = openTerminal({ color: options.color });
  let app: App | null = null;
  try {
    const { compose } = await import('./compose.ts');
    app = await compose({
      dataDir: dataDirOf(options.dataDir, process.env),
      dbName: options.dbName,
      forceFilesystem: options.forceFilesystem,
      wish: {
        host: options.host ?? null,
        tls: { ca: options.tlscacert ?? null, cert: options.tlscert ?? null, key: options.tlskey ?? null },
        remoteDocker: options.remoteDocker ?? null,
      },
      hostKeys: hostKeyPolicy(options.acceptHostKey ?? null, options.json),
      secrets: terminalSecrets(options.json),
      version: packageJson.version,
    });
    process.exitCode = await work(app, terminal);
  } catch (error) {
    const failure = toSmartScannerError(error);
    terminal.draw(null);
    report(failure, options.json, terminal);
    process.exitCode = failure.exitStatus;
  } finally {
    await app?.close();
    if (!(await terminal.flushed()) && onlyOutput) process.exitCode ||= EXIT.notStarted;
  }
}

/** A host that is named must be one, also where a command has nothing to ask of it. Not for the doctor, which says what is wrong with it. */
async function onHost(
  options: CommonOptions,
  onlyOutput: boolean,
  work: (app: App, terminal: Terminal) => Promise<number>,
): Promise<void> {
  await withApp(options, onlyOutput, async (app, terminal) => {
    if (options.host !== undefined) await app.queries.chosenHost();
    return await work(app, terminal);
  });
}

function report(error: SmartScannerError, json: boolean, terminal: Terminal): void {
  const { code, message, hint, evidence } = error;
  if (json)
    terminal.out(
      toJsonLine({ event: 'error', code, message, hint: hint ?? null, evidence, exitStatus: error.exitStatus }),
    );
  else {
    terminal.err(`${terminal.colors.red('Error')} ${code}: ${safeText(message)}`);
    if (hint !== undefined) terminal.err(safeText(hint));
  }
  // A defect of ours is worth its stack, but only to whoever asks.
  if (code === 'INTERNAL') {
    if (process.env['SMART_SCANNER_DEBUG'] !== undefined)
      terminal.err(String(error.cause instanceof Error ? error.cause.stack : error.stack));
    else if (!json)
      terminal.err(
        'This is a defect of Smart Scanner. Run it again with SMART_SCANNER_DEBUG=1 for details, and report it.',
      );
  }
}

const actions: Actions = {
  scan: (mountPath, mountName, options, given) =>
    onHost(options, options.planOnly, async (app, terminal) =>
      (await import('./scan-command.ts')).scanCommand(app, { mountPath, mountName, options, given }, terminal),
    ),
  retry: (options) =>
    onHost(options, false, async (app, terminal) =>
      (await import('./retry-command.ts')).retryCommand(app, options, terminal),
    ),
  monitor: (options) =>
    onHost(options, true, async (app, terminal) => {
      await (await import('./monitor-command.ts')).monitorCommand(app, options, terminal);
      return EXIT.covered;
    }),
  stats: (options) =>
    onHost(options, true, async (app, terminal) => {
      await (await import('./stats-command.ts')).statsCommand(app, options, terminal);
      return EXIT.covered;
    }),
  control: (kind, options) =>
    onHost(options, true, async (app, terminal) => {
      await (await import('./control-command.ts')).controlCommand(app, kind, options, terminal);
      return EXIT.covered;
    }),
  hosts: (action, options) =>
    withApp(options, true, async (app, terminal) =>
      (await import('./hosts-command.ts')).hostsCommand(app, action, options, terminal),
    ),
  image: (action, options) =>
    withApp(options, true, async (app, terminal) =>
      (await import('./image-command.ts')).imageCommand(app, action, options, terminal),
    ),
  shares: (options) =>
    withApp(options, true, async (app, terminal) =>
      (await import('./places-command.ts')).sharesCommand(app, options, terminal),
    ),
  ls: (path, options) =>
    withApp(options, true, async (app, terminal) =>
      (await import('./places-command.ts')).lsCommand(app, path, options, terminal),
    ),
  cleanup: (options) =>
    withApp(options, true, async (app, terminal) => {
      await (await import('./cleanup-command.ts')).cleanupCommand(app, options, terminal);
      return EXIT.covered;
    }),
  debug: (options) =>
    withApp(options, true, async (app, terminal) =>
      (await import('./debug-command.ts')).debugCommand(app, options, terminal),
    ),
};

/** Before there is a command: made with the first text, so that it hears what can't be written of that. */
let parsing: Terminal | null = null;
function terminalOfParsing(): Terminal {
  return (parsing ??= openTerminal({ color: false }));
}

const program = buildProgram(packageJson.version, actions, {
  writeOut: (text) => terminalOfParsing().out(text.replace(/\n$/u, '')),
  writeErr: (text) => terminalOfParsing().err(text.replace(/\n$/u, '')),
});

async function run(): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = isHelp(error) ? EXIT.covered : EXIT.usage;
    if (!(await terminalOfParsing().flushed())) process.exitCode ||= EXIT.notStarted;
  }
}

void run();
