import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { SshEndpoint } from '../endpoint.ts';

/** What is kept of what ssh says. */
const MOST_LINES = 300;
const MOST_OF_A_LINE = 500;
const END_MS = 2_000;
/** Of a shell that finds no such program. */
export const NOT_FOUND = 127;

/**
 * Runs ssh ($0) and ends it when our end of the pipe closes, however we end: ssh itself doesn't notice. The private directory goes with it,
 * first: once ssh has ended, this watch is ended too.
 * `read` is built into the shell, so the watch is no process beside it that could stay.
 */
const KEEPER = `exec 3<&0 4<"$SMART_SCANNER_SSH_INPUT"
"$0" "$@" <&4 3<&- 4<&- & ssh=$!
{ while read -r _ <&3; do :; done; rm -rf -- "$SMART_SCANNER_SSH_DIR"; kill "$ssh"; } >/dev/null 2>&1 4<&- & keeper=$!
exec 3<&- 4<&-
wait "$ssh"; code=$?
kill "$keeper" 2>/dev/null
exit "$code"`;

/** ssh as it runs; it has no terminal and asks nobody anything. */
export interface RunningSsh {
  /** Everything on stderr so far, the newest lines. */
  readonly said: () => readonly string[];
  readonly output: () => string;
  /** Its exit status; null by a signal. */
  readonly ended: Promise<number | null>;
  readonly hasEnded: () => boolean;
  /** Idempotent; settles when it is gone. */
  end(): Promise<void>;
}

/** `directory`: removed when ssh is told to end. `input`: a file for its stdin. */
export function runSsh(
  args: readonly string[],
  places: {
    readonly directory: string;
    readonly input?: string;
    readonly env?: Readonly<Record<string, string>>;
  },
): RunningSsh {
  const child = spawn('sh', ['-c', KEEPER, 'ssh', ...args], {
    // A session of its own: no terminal to ask at, no Ctrl-C from there, and one group to end.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      SSH_ASKPASS_REQUIRE: 'never',
      // ssh's own words are read.
      LC_ALL: 'C',
      SMART_SCANNER_SSH_DIR: places.directory,
      SMART_SCANNER_SSH_INPUT: places.input ?? '/dev/null',
      ...places.env,
    },
  });
  const lines: string[] = [];
  let output = '';
  let hasEnded = false;
  child.stdin.on('error', () => undefined);
  child.stdout.on('error', () => undefined);
  child.stderr.on('error', () => undefined);
  child.stdout.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-MOST_OF_A_LINE * MOST_LINES);
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line.trimEnd().slice(0, MOST_OF_A_LINE));
    if (lines.length > MOST_LINES) lines.shift();
  });
  const ended = endOf(child).then((status) => {
    hasEnded = true;
    child.stdin.destroy();
    return status;
  });
  return {
    said: () => lines,
    output: () => output,
    ended,
    hasEnded: () => hasEnded,
    end: async () => {
      if (hasEnded) return;
      child.stdin.end();
      const timer = setTimeout(() => killGroup(child), END_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

async function endOf(child: ChildProcess): Promise<number | null> {
  try {
    const [status] = (await once(child, 'close')) as [number | null];
    return status;
  } catch {
    // No shell to start it with.
    return NOT_FOUND;
  }
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone by itself.
  }
}

/**
 * What every ssh of ours is told. The rest is the user's: configuration, agent, keys, known hosts, jump hosts. `-v`: why a log-in fails (no key,
 * another key, a passphrase) is told at that level only.
 */
export function sshArgs({ user, host, port }: SshEndpoint, more: readonly string[]): string[] {
  const options = [
    'BatchMode=yes',
    'ConnectTimeout=10',
    'ServerAliveInterval=5',
    'ServerAliveCountMax=3',
    'TCPKeepAlive=yes',
    // A shared connection would end with somebody else's, and would not be ours to end.
    'ControlMaster=no',
    'ControlPath=none',
    // What the user forwards is for the user's own sessions: its ports may be taken already, and nobody asked us to open any.
    'ClearAllForwardings=yes',
    'Tunnel=no',
    'ForwardAgent=no',
    'ForwardX11=no',
    'PermitLocalCommand=no',
    'RemoteCommand=none',
    'RequestTTY=no',
    'LogLevel=DEBUG1',
  ];
  return [
    ...more,
    '-T',
    ...options.flatMap((option) => ['-o', option]),
    ...(user === null ? [] : ['-l', user]),
    ...(port === null ? [] : ['-p', String(port)]),
    '--',
    host,
  ];
}

/** For the one connection that everything shares. First of all: ssh takes the first that it is told. */
export const MASTER_OPTIONS: readonly string[] = [
  '-N',
  ...['ControlMaster=yes', 'ControlPersist=no', 'StrictHostKeyChecking=yes'].flatMap((option) => ['-o', option]),
  ...['StreamLocalBindUnlink=yes', 'StreamLocalBindMask=0177'].flatMap((option) => ['-o', option]),
];

/** To ssh that runs already. None of the user's configuration is read again; where that ssh is gone no other connection is made. */
export function toMaster(control: string, more: readonly string[], command?: string): string[] {
  const options = ['BatchMode=yes', 'ControlMaster=no', 'ProxyCommand=false', 'LogLevel=ERROR'];
  return [
    ...['-F', '/dev/null', '-S', control, '-T'],
    ...options.flatMap((option) => ['-o', option]),
    ...more,
    ...['--', 'host'],
    ...(command === undefined ? [] : [command]),
  ];
}
