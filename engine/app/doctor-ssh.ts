import { execFile } from 'node:child_process';
import type { Endpoint } from '../connection/endpoint.ts';
import type { SshHere } from '../doctor/look.ts';

const ASK_MS = 5_000;
/** What of ssh's configuration decides with what it logs in; names of hosts and users are nobody's business in a bundle. */
const SETTINGS = /^(?:port|identityfile|identityagent) /u;

/** Asks ssh and its agent on this computer; no connection is made. What can't be asked is said to be so. */
export async function lookAtSsh(endpoint: Endpoint, signal: AbortSignal): Promise<SshHere> {
  if (endpoint.kind !== 'ssh') return { lines: [] };
  const [agent, config] = await Promise.all([
    ask('ssh-add', ['-l'], signal),
    // The address was looked over: no host begins with a dash.
    ask('ssh', ['-G', '--', endpoint.host], signal),
  ]);
  const settings = config.out
    .split('\n')
    .filter((line) => SETTINGS.test(line))
    .slice(0, 12);
  return { lines: [agentLine(agent), ...settings.map((line) => `ssh -G: ${line}`)] };
}

interface Answer {
  /** null: it could not be run. */
  readonly status: number | null;
  readonly out: string;
}

/** `ssh-add -l`: 0 it has keys, 1 it has none, 2 there is no agent. */
function agentLine({ status, out }: Answer): string {
  if (status === 0) {
    const count = out.trim().split('\n').length;
    return `the SSH agent holds ${count} ${count === 1 ? 'key' : 'keys'}`;
  }
  return status === 1 ? 'the SSH agent holds no key' : 'no SSH agent answers';
}

function ask(command: string, args: readonly string[], signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: ASK_MS, signal, env: { ...process.env, LC_ALL: 'C' } }, (error, out) => {
      const code = error?.code;
      resolve({ status: error === null ? 0 : typeof code === 'number' ? code : null, out });
    });
  });
}
