import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const RELAY = join(import.meta.dirname, '..', 'fixtures', 'delay-relay.ts');

/** A network namespace behind a pair of virtual cards: 1 % of the packets are lost each way, every byte takes 25 ms each way. */
export class SlowLink {
  readonly name: string;
  /** Of the far side. */
  readonly address: string;
  readonly #near: string;
  #relay: ChildProcess | null = null;

  constructor(subnet = 1 + Math.floor(Math.random() * 250)) {
    this.name = `smart-scanner-${process.pid}-${subnet}`;
    this.#near = `ssl${process.pid % 100_000}n`;
    this.address = `10.213.${subnet}.2`;
    const far = `ssl${process.pid % 100_000}f`;
    const inside = ['netns', 'exec', this.name];
    run('ip', 'netns', 'add', this.name);
    run('ip', 'link', 'add', this.#near, 'type', 'veth', 'peer', 'name', far);
    run('ip', 'link', 'set', far, 'netns', this.name);
    run('ip', 'addr', 'add', `10.213.${subnet}.1/24`, 'dev', this.#near);
    run('ip', 'link', 'set', this.#near, 'up');
    run('ip', ...inside, 'ip', 'addr', 'add', `${this.address}/24`, 'dev', far);
    run('ip', ...inside, 'ip', 'link', 'set', far, 'up');
    run('ip', ...inside, 'ip', 'link', 'set', 'lo', 'up');
    // Both ways are this side's incoming and outgoing packets.
    for (const [chain, flag] of [
      ['INPUT', '-i'],
      ['OUTPUT', '-o'],
    ] as const)
      run(
        'ip',
        ...inside,
        'iptables',
        '-A',
        chain,
        flag,
        far,
        ...'-m statistic --mode random --probability 0.01 -j DROP'.split(' '),
      );
  }

  /** What this machine can't do for it; null: nothing. */
  static missing(): string | null {
    const probe = `smart-scanner-look-${process.pid}`;
    try {
      run('ip', 'netns', 'add', probe);
      run(
        'ip',
        'netns',
        'exec',
        probe,
        'iptables',
        ...'-A INPUT -m statistic --mode random --probability 0.01 -j DROP'.split(' '),
      );
      return null;
    } catch (error) {
      return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    } finally {
      try {
        run('ip', 'netns', 'del', probe);
      } catch {
        // Never made.
      }
    }
  }

  /** From then on a port of the far side leads to the same one of its loopback, late. */
  async open(port: number): Promise<void> {
    const relay = spawn('ip', ['netns', 'exec', this.name, process.execPath, RELAY, this.address, String(port), '25'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#relay = relay;
    await once(relay.stdout, 'data');
  }

  /** Every packet vanishes, and nobody is told. */
  swallow(): void {
    run('ip', 'netns', 'exec', this.name, 'iptables', '-I', 'INPUT', '-j', 'DROP');
  }

  mend(): void {
    run('ip', 'netns', 'exec', this.name, 'iptables', '-D', 'INPUT', '-j', 'DROP');
  }

  async remove(): Promise<void> {
    const relay = this.#relay;
    if (relay !== null && relay.exitCode === null) {
      const ended = once(relay, 'exit');
      relay.kill('SIGKILL');
      await ended;
    }
    run('ip', 'netns', 'del', this.name);
  }
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
