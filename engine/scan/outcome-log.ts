import { nameText } from '../../shared/names.ts';
import type { ChunkRow } from '../catalog/api.ts';
import type { AttemptOutcome } from './attempt.ts';
import type { ScanContext } from './context.ts';
import type { ScanProgress } from './progress.ts';

/** Tells people how attempts begin and end: in the scan log, and as problems in the snapshot. */
export class OutcomeLog {
  readonly #context: ScanContext;
  readonly #progress: ScanProgress;

  constructor(context: ScanContext, progress: ScanProgress) {
    this.#context = context;
    this.#progress = progress;
  }

  began(chunk: ChunkRow, how: 'starts' | 'is taken over'): void {
    const more = chunk.rootCount > 1 ? ` and ${chunk.rootCount - 1} more` : '';
    const what = `${nameText(chunk.label) || '(mount point)'}${more}`;
    if (how === 'starts') this.#context.log.info(`Chunk ${chunk.id} starts: ${what}`);
    else this.#context.log.info(`Chunk ${chunk.id} is taken over: ${what}`);
  }

  ended(chunk: ChunkRow, outcome: AttemptOutcome): void {
    const { log, clock } = this.#context;
    switch (outcome.type) {
      case 'harvested':
        this.#harvested(chunk, outcome);
        return;
      case 'failed': {
        const final = outcome.chunk.state === 'failed';
        const reason = outcome.end.reason ?? outcome.end.outcome;
        const next = final ? 'failed for good' : `will be tried again (failures: ${outcome.chunk.failures})`;
        log.error(`Chunk ${chunk.id} ${next}: ${reason}`);
        this.#problem(chunk, outcome.end.code ?? 'INTERNAL', reason, final);
        return;
      }
      case 'released':
        log.info(`Chunk ${chunk.id} put back at ${new Date(clock.now()).toISOString()}: stopped on request`);
        return;
      case 'kept':
        log.warn(`Chunk ${chunk.id} could not be merged: its shard is kept for \`scan --resume\``);
        return;
    }
  }

  /** Somebody asked that it isn't tried. */
  stopped(chunk: ChunkRow, reason: string): void {
    this.#context.log.warn(`Chunk ${chunk.id} is not tried any more: stopped on request`);
    this.#problem(chunk, 'CHUNK_STOPPED', reason, true);
  }

  #harvested(chunk: ChunkRow, { reply, end }: Extract<AttemptOutcome, { type: 'harvested' }>): void {
    const { log } = this.#context;
    for (const failure of reply.failures) {
      log.error(`Failed directory ${nameText(failure.path)}: ${failure.syscall ?? ''} ${failure.code}`.trim());
    }
    log.info(
      `Chunk ${chunk.id} ${reply.chunk.state}: ${reply.merged.files} files in ${reply.merged.directories} directories merged in ${Math.round(reply.durationMs)} ms` +
        (reply.children.length > 0 ? `, ${reply.children.length} more chunks from what it left` : ''),
    );
    for (const { path, syscall, strikes, fate } of reply.suspects) {
      const call = syscall === null || syscall === 'crash' ? 'it ends its worker' : `${syscall} does not return`;
      const what = `${nameText(path) || '(mount point)'} (${call})`;
      const text =
        fate === 'set-aside' ? `Set aside after ${strikes} strikes: ${what}` : `Suspect, tried alone: ${what}`;
      log.error(`QUARANTINE ${text}`);
      if (fate === 'set-aside') this.#problem(chunk, 'QUARANTINED', text, true);
    }
    if (end.code !== null) this.#problem(chunk, end.code, end.reason ?? end.outcome, reply.chunk.state === 'failed');
  }

  #problem(chunk: ChunkRow, code: string, text: string, final: boolean): void {
    this.#progress.problem({
      atMs: this.#context.clock.now(),
      code,
      chunkId: chunk.id,
      label: chunk.label,
      text,
      final,
    });
  }
}
