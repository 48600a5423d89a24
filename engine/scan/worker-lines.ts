import * as v from 'valibot';
import { PROTOCOL_MAJOR, WorkerLineSchema, type WorkerLine } from '../../shared/worker-protocol.ts';

/** What one line of a worker's stdout turned out to be. */
export type ParsedLine =
  | { readonly type: 'line'; readonly line: WorkerLine }
  /** Not JSON, or a type of a newer minor version: shown in the log, otherwise ignored. */
  | { readonly type: 'unknown'; readonly text: string }
  /** A hello of another major version: this worker must not be used. */
  | { readonly type: 'refused'; readonly found: number };

export function parseWorkerLine(text: string): ParsedLine {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { type: 'unknown', text };
  }
  const parsed = v.safeParse(WorkerLineSchema, json);
  if (!parsed.success) return { type: 'unknown', text };
  const line = parsed.output;
  if (line.type === 'hello' && line.protocol.major !== PROTOCOL_MAJOR) {
    return { type: 'refused', found: line.protocol.major };
  }
  return { type: 'line', line };
}
