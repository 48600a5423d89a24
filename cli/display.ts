import type pc from 'picocolors';
import { problemText } from '../shared/problem-text.ts';
import type { RunningChunk, ScanSnapshot } from '../shared/snapshot.ts';
import { formatBytes, formatCount, formatDuration, formatRate } from '../shared/units.ts';
import { formatMinutes } from '../shared/window.ts';
import { counted, fitPath, pathOrMount, safeText } from './text.ts';

const MAX_RUNNING = 8;
const LABEL_SHARE = 0.35;
/** A call that lasts this long is worth saying. */
const SLOW_CALL_MS = 5_000;
const BAR_WIDTH = 24;

type Colors = ReturnType<typeof pc.createColors>;

const PHASES: Readonly<Record<Exclude<ScanSnapshot['phase'], 'paused' | 'reconnecting'>, string>> = {
  preparing: 'Preparing',
  scanning: 'Scanning',
  stopping: 'Stopping: workers commit what they have (Ctrl-C again: at once)',
  closing: 'Closing: adding up, making the certificate',
  finished: 'Finished',
  interrupted: 'Interrupted',
  failed: 'Failed',
};

/**
 * One frame of the live display: pure text of a snapshot, always with the same number of lines for the same number of slots, cut to the
 * width of the terminal. A percentage and a time only where they are known.
 */
export function frame(snapshot: ScanSnapshot, width: number, colors: Colors): string {
  const elapsed = wholeSeconds(snapshot.updatedAtMs - snapshot.startedAtMs);
  const { chunks } = snapshot;
  const lines = [
    `${colors.bold(safeText(snapshot.mountName))}  ${phaseText(snapshot, colors)}${snapshot.planning ? ', planning' : ''}  ${elapsed}`,
    `  ${colors.bold(formatCount(snapshot.files))} ${snapshot.files === 1 ? 'file' : 'files'}  ${formatBytes(snapshot.bytes)}  ${counted(snapshot.directories, 'directory', 'directories')}  ` +
      formatRate(snapshot.filesPerSecond, 'files') +
      (snapshot.failedDirectories > 0
        ? colors.yellow(`  ${counted(snapshot.failedDirectories, 'directory', 'directories')} failed`)
        : ''),
    `  ${progressText(snapshot)}`,
    `  Chunks: ${chunks.done} done, ${chunks.running} running, ${chunks.merging} merging, ${chunks.queued + chunks.waiting} waiting` +
      (chunks.paused > 0 ? ` (${chunks.paused} of them paused)` : '') +
      (chunks.failed > 0 ? colors.red(`, ${chunks.failed} failed`) : ', 0 failed'),
  ];
  const slots = Math.min(MAX_RUNNING, snapshot.maxContainers);
  for (let slot = 0; slot < slots; slot += 1)
    lines.push(runningText(snapshot.running[slot], width, snapshot.updatedAtMs));
  lines.push(hiddenText(snapshot.running.slice(slots)));
  const problem = snapshot.problems.at(-1);
  lines.push(problem === undefined ? '' : colors.yellow(`  Last problem: ${safeText(problemText(problem))}`));
  return lines.map((line) => cut(line, width)).join('\n');
}

/** A scan that stops or closes while something would pause it shows what it does. */
function phaseText({ phase, pauses, hostLostAtMs }: ScanSnapshot, colors: Colors): string {
  if (phase === 'reconnecting') {
    const since = hostLostAtMs === null ? '' : ` since ${clockTime(hostLostAtMs)}`;
    return colors.yellow(`Reconnecting: the host has not answered${since}; its workers go on`);
  }
  if (phase !== 'paused') return PHASES[phase];
  const reasons = pauses.map(({ text, sinceMs }) => `${safeText(text)} since ${clockTime(sinceMs)}`);
  return colors.yellow(`Paused (${reasons.join('; ')})`);
}

/** Of the day, local: "12:01". */
function clockTime(ms: number): string {
  const at = new Date(ms);
  return formatMinutes(at.getHours() * 60 + at.getMinutes());
}

/** A running clock shows no tenths, and keeps its width. */
function wholeSeconds(ms: number): string {
  return ms < 1_000 ? '0s' : formatDuration(Math.floor(ms / 1_000) * 1_000);
}

function progressText(snapshot: ScanSnapshot): string {
  if (snapshot.fraction !== null) {
    const filled = Math.round(snapshot.fraction * BAR_WIDTH);
    const eta =
      snapshot.etaMs === null || snapshot.phase !== 'scanning' ? '' : `  about ${wholeSeconds(snapshot.etaMs)} left`;
    return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${Math.floor(snapshot.fraction * 100)} %${eta}`;
  }
  if (snapshot.measuredEntries !== null && snapshot.planning)
    return `Measuring: ${formatCount(snapshot.measuredEntries)} entries so far`;
  return 'How much there is shows when all of it has been met';
}

function hiddenText(hidden: readonly RunningChunk[]): string {
  if (hidden.length === 0) return '';
  const merging = hidden.filter((chunk) => chunk.phase === 'merging').length;
  return (
    `  … and ${hidden.length} more` +
    (merging === 0 ? '' : merging === hidden.length ? ' merging' : `, ${merging} merging`)
  );
}

function runningText(chunk: RunningChunk | undefined, width: number, nowMs: number): string {
  if (chunk === undefined) return '  ·';
  const label =
    chunk.role === 'measure'
      ? 'measuring'
      : `#${chunk.chunkId} ${pathOrMount(chunk.label)}${chunk.rootCount > 1 ? ` +${chunk.rootCount - 1}` : ''}`;
  const age = formatDuration(nowMs - chunk.startedAtMs);
  const merging = chunk.phase === 'merging';
  const where = merging ? 'merging' : chunk.path === null ? 'starting' : safeText(chunk.path);
  const slow = merging ? '' : slowText(chunk);
  const head = `  ${fitPath(label, Math.floor(width * LABEL_SHARE))}  ${age}  ${formatCount(chunk.entries)}  `;
  return head + fitPath(where, Math.max(8, width - head.length - slow.length)) + slow;
}

/** What makes it look stuck. */
function slowText({ waitingMs, syscall, large }: RunningChunk): string {
  if (waitingMs >= SLOW_CALL_MS) return ` (${syscall ?? 'call'} for ${formatDuration(waitingMs)})`;
  return large === null ? '' : ` (large: ${formatCount(large.names)} names so far)`;
}

const ESCAPE = String.fromCharCode(27);
const COLOUR = new RegExp(`(${ESCAPE}\\[\\d+m)`, 'u');

/** Cuts to the terminal's width without cutting a colour in two. */
function cut(line: string, width: number): string {
  let visible = 0;
  let out = '';
  for (const part of line.split(COLOUR)) {
    if (part.startsWith(ESCAPE)) {
      out += part;
      continue;
    }
    const characters = Array.from(part);
    const room = Math.max(0, width - visible);
    out += characters.length <= room ? part : characters.slice(0, room).join('');
    visible += characters.length;
  }
  return out;
}
