import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Sockets and pipes that this process has open. */
export function openHere(): string[] {
  return readdirSync('/proc/self/fd')
    .flatMap((fd) => linkOf(`/proc/self/fd/${fd}`) ?? [])
    .filter((link) => /^(?:socket|pipe):/.test(link))
    .sort();
}

/** A variable of the environment that whatever is started with it hands on to all that it starts. */
export class Marker {
  readonly name: string;
  readonly value = randomUUID();

  constructor(name: string) {
    this.name = name;
  }

  /** The command lines of what runs with it, but this process. */
  processes(): string[] {
    return this.#pids().map((pid) => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim());
  }

  /** TCP ports that these processes, or this one, listen at. */
  ports(): string[] {
    const inodes = new Set(
      ['self', ...this.#pids()].flatMap((pid) =>
        list(`/proc/${pid}/fd`).map((fd) => /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`) ?? '')?.[1]),
      ),
    );
    return ['tcp', 'tcp6']
      .flatMap((kind) => read(`/proc/net/${kind}`).trim().split('\n').slice(1))
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === LISTEN && inodes.has(fields[9]))
      .map((fields) => fields[1] ?? '');
  }

  #pids(): string[] {
    const text = `${this.name}=${this.value}\0`;
    return list('/proc').filter(
      (pid) => /^\d+$/.test(pid) && pid !== String(process.pid) && read(`/proc/${pid}/environ`).includes(text),
    );
  }
}

/** Unix sockets that somebody listens at, or is connected by, below a directory. */
export function unixSocketsBelow(dir: string): string[] {
  return read('/proc/net/unix')
    .split('\n')
    .flatMap((line) => line.split(' ').at(-1) ?? [])
    .filter((path) => path.startsWith(`${dir}/`));
}

const LISTEN = '0A';

function list(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
