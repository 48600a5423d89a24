import { LogFrames } from './log-frames.ts';

/** Lines of a followed log, until it ends or the signal aborts. A hint by contract: an error ends it quietly, inspect has the truth. */
export async function* logLines(
  open: () => Promise<NodeJS.ReadableStream>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let stream: NodeJS.ReadableStream;
  try {
    stream = await open();
  } catch {
    return;
  }
  const decoder = new TextDecoder();
  let rest = '';
  let ready: string[] = [];
  const frames = new LogFrames((_stream, payload) => {
    const lines = (rest + decoder.decode(payload, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    ready.push(...lines);
  });
  try {
    for await (const chunk of stream) {
      frames.push(chunk as Buffer);
      const lines = ready;
      ready = [];
      yield* lines;
      if (signal.aborted) return;
    }
  } catch {
    // The connection dropped, or we let go of it.
  }
}
