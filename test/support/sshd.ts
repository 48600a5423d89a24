import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './tls-engine.ts';

const READY_MS = 20_000;

export interface SshdOptions {
  /** Lines of sshd_config. */
  readonly config?: readonly string[];
  /** Before all others: of two the first counts. */
  readonly asDefault?: readonly string[];
  /** Shell commands in the server's own mount namespace, before it starts. */
  readonly before?: string;
  /** A server with the keys of another one that is not there any more. */
  readonly hostKey?: string;
  /** The network namespace that it listens in. */
  readonly namespace?: string;
}

/** A real sshd on loopback, and a `ssh` for the client side with a configuration of its own: nobody's ~/.ssh is touched. */
export class Sshd {
  readonly dir: string;
  port = 0;
  #server: ChildProcess | null = null;

  constructor(dir: string) {
    this.dir = dir;
    mkdirSync(dir, { recursive: true });
    mkdirSync('/run/sshd', { recursive: true });
    chmodSync(dir, 0o755);
    for (const name of ['host', 'host-new', 'key', 'other', 'locked']) {
      const passphrase = name === 'locked' ? 'open sesame' : '';
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', name, '-f', this.at(name)]);
    }
    writeFileSync(
      this.at('authorized'),
      ['key', 'locked'].map((name) => readFileSync(this.at(`${name}.pub`), 'utf8')).join(''),
    );
    this.configure();
  }

  at(name: string): string {
    return join(this.dir, name);
  }

  /** What the user's ~/.ssh/config would have. */
  configure(lines: readonly string[] = [`IdentityFile ${this.at('key')}`]): void {
    const common = [
      `UserKnownHostsFile ${this.at('known_hosts')}`,
      'GlobalKnownHostsFile /dev/null',
      'IdentityAgent none',
      'IdentitiesOnly yes',
    ];
    writeFileSync(this.at('config'), [...lines, 'Host *', ...common, ''].join('\n'));
    mkdirSync(this.at('bin'), { recursive: true });
    writeFileSync(this.at('bin/ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F '${this.at('config')}' "$@"\n`, { mode: 0o755 });
  }

  get env(): Record<string, string> {
    return { PATH: `${this.at('bin')}:${process.env['PATH'] ?? ''}` };
  }

  fingerprint(name = 'host'): string {
    const key = readFileSync(this.at(`${name}.pub`), 'utf8').split(' ')[1] ?? '';
    return `SHA256:${createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '')}`;
  }

  async start(options: SshdOptions = {}): Promise<void> {
    this.port = this.port === 0 ? await freePort() : this.port;
    const config = this.at('sshd_config');
    const lines = [
      ...(options.asDefault ?? []),
      `Port ${this.port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${this.at(options.hostKey ?? 'host')}`,
      'PidFile none',
      `AuthorizedKeysFile ${this.at('authorized')}`,
      ...['UsePAM no', 'StrictModes no', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no'],
      // A scan's connections are many and at once: what a server's own default of 10 waiting ones allows is enough.
      ...(options.config ?? ['AllowStreamLocalForwarding yes']),
    ];
    writeFileSync(config, `${lines.join('\n')}\n`);
    const run = `${options.before ?? ':'}; exec /usr/sbin/sshd -D -e -f '${config}'`;
    const inNetwork = options.namespace === undefined ? [] : ['ip', 'netns', 'exec', options.namespace];
    const command = [...inNetwork, 'unshare', '--mount', '--propagation', 'slave', 'sh', '-c', run];
    const server = spawn(command[0] ?? '', command.slice(1), {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    server.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-10_000)));
    server.on('error', () => undefined);
    this.#server = server;
    const deadline = Date.now() + READY_MS;
    const isReady = (): boolean | Promise<boolean> =>
      options.namespace === undefined ? answers(this.port) : said.includes('Server listening on');
    while (!(await isReady())) {
      if (Date.now() > deadline || server.exitCode !== null) throw new Error(`sshd did not start: ${said}`);
      await delay(20);
    }
  }

  /** Its sessions, one process each for root. */
  sessions(): number[] {
    const parent = this.#server?.pid;
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => parent !== undefined && parentOf(pid) === parent);
  }

  /** Ends every session as if its process had been killed; the server stays. */
  cut(): number {
    const sessions = this.sessions();
    for (const pid of sessions) process.kill(pid, 'SIGKILL');
    return sessions.length;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server?.exitCode !== null || server.signalCode !== null) return;
    this.cut();
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await ended;
  }
}

/** Processes that have this text among their arguments. */
export function processesWith(text: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return command.includes(text) ? [command] : [];
    } catch {
      return [];
    }
  });
}

/** The field after the command's name, which may hold anything. */
function parentOf(pid: number): number | null {
  try {
    return Number(
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) \S /s, '')
        .split(' ')[0],
    );
  } catch {
    return null;
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => socket.destroy().once('close', () => resolve(true)));
    socket.once('error', () => resolve(false));
  });
}
