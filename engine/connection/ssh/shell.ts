import { within } from '../../runtime/docker/client.ts';
import type { SshLink } from './link.ts';

const RUN_MS = 30_000;
const MOST_OF_AN_ANSWER = 10_000;

/** Runs a script on the host, for any POSIX shell, whatever the log-in shell is: it comes by stdin to `sh`. Gives what it printed. */
export async function runShell(link: SshLink, script: string, signal: AbortSignal): Promise<string> {
  const session = await link.session('sh -s');
  // Answered or not, it is over then.
  session.on('error', () => undefined);
  try {
    session.end(script);
    return await within('the shell of the host', () => textOf(session), { deadlineMs: RUN_MS, signal });
  } finally {
    session.destroy();
  }
}

async function textOf(session: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of session) text = (text + chunk.toString()).slice(0, MOST_OF_AN_ANSWER);
  return text;
}
