import { resolve } from 'node:path';
import type { App, DiagnoseRequest, ScanListener } from '../engine/app/app.ts';
import type { CheckResult, Diagnosis, Finding, Verdict } from '../shared/diagnosis.ts';
import { EXIT, type ExitStatus } from '../shared/errors.ts';
import { formatBytes } from '../shared/units.ts';
import type { DebugOptions } from './debug-program.ts';
import type { Terminal } from './terminal.ts';
import { onStopSignals } from './signals.ts';
import { safeText, toJsonLine } from './text.ts';

/** Of one finding; the likeliest come first. */
const FIXES_MAX = 3;

/** `smart-scanner debug`: looks, explains, and mends what it is told to. */
export async function debugCommand(app: App, options: DebugOptions, terminal: Terminal): Promise<ExitStatus> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  const signals = onStopSignals(stop, stop);
  const request: DiagnoseRequest = { scan: options.scan, wakeDisks: true, only: null };
  try {
    const key = options.mute ?? options.unmute;
    if (key !== undefined) {
      await app.commands.mute({ key, muted: options.mute !== undefined });
      if (!options.json)
        terminal.out(`${options.mute === undefined ? 'Told again' : 'Left out from now on'}: ${safeText(key)}`);
    }
    if (options.fix !== undefined) return await applyFix(app, request, options.fix, options, terminal, stopping.signal);
    if (options.bundle !== undefined)
      return await saveBundle(app, request, options.bundle, options, terminal, stopping.signal);
    const diagnosis = await app.queries.diagnose(
      request,
      (result) => {
        if (!options.json) terminal.out(checkLine(result, terminal));
      },
      stopping.signal,
    );
    terminal.out(options.json ? toJsonLine(diagnosis) : diagnosisText(diagnosis, terminal));
    if (stopping.signal.aborted) return EXIT.interrupted;
    return diagnosis.findings.some(({ severity }) => severity === 'problem') ? EXIT.problems : EXIT.covered;
  } finally {
    signals.end();
  }
}

async function applyFix(
  app: App,
  request: DiagnoseRequest,
  fixId: string,
  { json }: DebugOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitStatus> {
  let runs = false;
  const listener: ScanListener = {
    snapshot: () => {
      if (!runs && !json) terminal.out('It runs; see how far it is with `smart-scanner monitor`.');
      runs = true;
    },
    log: () => undefined,
    progress: (line) => {
      if (!json) terminal.out(safeText(line));
    },
  };
  const outcome = await app.commands.fix({ ...request, fixId, until: 'ended' }, listener, signal);
  terminal.out(json ? toJsonLine(outcome) : safeText(outcome.said));
  return outcome.fixed ? EXIT.covered : EXIT.problems;
}

async function saveBundle(
  app: App,
  request: DiagnoseRequest,
  path: string,
  { json, hashPaths }: DebugOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitStatus> {
  const report = await app.commands.bundle(
    { ...request, path: resolve(path), hashPaths },
    (files) => {
      if (json) return Promise.resolve(true);
      terminal.out('The bundle holds, without user names, host names, keys and tokens:');
      for (const { name, bytes, what } of files) terminal.out(`  ${safeText(name)}  ${formatBytes(bytes)}  ${what}`);
      if (!hashPaths) terminal.out('Names of directories stay readable in it; --hash-paths hides them.');
      return Promise.resolve(!signal.aborted);
    },
    signal,
  );
  terminal.out(
    json ? toJsonLine(report) : report.path === null ? 'Nothing was saved.' : `Saved: ${safeText(report.path)}`,
  );
  if (report.path === null) return EXIT.interrupted;
  return EXIT.covered;
}

function mark(verdict: Verdict, { colors }: Terminal): string {
  const word = verdict.padEnd(8);
  switch (verdict) {
    case 'ok':
      return colors.green(word);
    case 'warning':
      return colors.yellow(word);
    case 'problem':
      return colors.red(word);
    case 'unknown':
      return colors.dim(word);
  }
}

function checkLine({ verdict, title, said }: CheckResult, terminal: Terminal): string {
  return `${mark(verdict, terminal)} ${title}: ${safeText(said)}`;
}

function diagnosisText({ findings, muted, summary }: Diagnosis, terminal: Terminal): string {
  const { bold } = terminal.colors;
  const shown = findings.map((finding, index) => findingText(finding, index + 1, terminal));
  // Two findings may end in the same advice.
  const todo = [...new Set(findings.flatMap(recommendations))].map((line, index) => `  ${index + 1}. ${line}`);
  return [
    ...shown.map((text) => `\n${text}`),
    ...(muted.length === 0 ? [] : ['']),
    ...muted.map(({ title, key }) => `Left out: ${title} (--unmute ${quoted(key)})`),
    `\n${bold(summary)}`,
    ...(todo.length === 0 ? [] : [`\n${bold('Recommendations')}`, ...todo]),
  ].join('\n');
}

function findingText(finding: Finding, number: number, { colors }: Terminal): string {
  const { title, id, seen, means, evidence, confidence, explains, section } = finding;
  const color = finding.severity === 'problem' ? colors.red : colors.yellow;
  return [
    `${color(`${number}. ${title}`)} (${id}, ${confidence})`,
    `   ${safeText(seen)}`,
    `   ${means}`,
    ...evidence.map((line) => `     - ${safeText(line)}`),
    ...(explains.length === 0 ? [] : [`   Explains: ${explains.join(', ')}`]),
    `   More: ${section}`,
  ].join('\n');
}

/** What to press or to copy, then the first piece of advice: the rest is on the page of its section. Looking again is this command itself. */
function recommendations({ title, fixes, advice }: Finding): string[] {
  const useful = fixes.filter(({ action }) => action?.do !== 'look-again').slice(0, FIXES_MAX);
  const press = useful.map(
    ({ id, label, consequence, action, copy }) =>
      `${safeText(label)}:\n     ${action === null ? safeText(copy ?? '') : `smart-scanner debug --fix ${quoted(id)}`}\n     ${safeText(consequence)}`,
  );
  const said = advice.slice(0, press.length === 0 ? 2 : 1).map((line) => `${title}: ${safeText(line)}`);
  // Where everything to press comes after what only a person can do.
  return fixes[0]?.action?.do === 'look-again' ? [...said, ...press] : [...press, ...said];
}

function quoted(id: string): string {
  const text = safeText(id);
  return /^[\w:.-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
