import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Others, parseStat, type HostTimes } from './others.ts';

const LOOK_MS = 100;

/** A host whose counters go on by what each look says, as the kernel's would. */
class Host {
  readonly #cpus: number;
  readonly #others = new Others();
  #busy = 1_000;
  #total = 100_000;
  #ownMs = 0;
  #nowMs = 0;

  constructor(cpus: number) {
    this.#cpus = cpus;
  }

  /** Processors that are busy with us and with others, and threads that wait for a disk. */
  look(own: number, others: number, blocked = 0, ownCalls = 0): boolean {
    this.#nowMs += LOOK_MS;
    this.#ownMs += own * LOOK_MS;
    // 100 ticks a second.
    this.#busy += ((own + others) * LOOK_MS) / 10;
    this.#total += (this.#cpus * LOOK_MS) / 10;
    const times: HostTimes = { cpus: this.#cpus, busy: this.#busy, total: this.#total, blocked };
    return this.#others.look(times, this.#ownMs, ownCalls, this.#nowMs);
  }

  last(looks: number, ...what: Parameters<Host['look']>): boolean {
    let active = false;
    for (let look = 0; look < looks; look += 1) active = this.look(...what);
    return active;
  }
}

describe('whether others use the host', () => {
  it('is told from what is beyond our own processor time', () => {
    const host = new Host(2);
    expect(host.last(20, 1.2, 0)).toBe(false);
    expect(host.last(20, 1.2, 0.1)).toBe(false);
    expect(host.last(5, 1.2, 0.8)).toBe(true);
    expect(host.last(50, 0.3, 0.8)).toBe(true);
    // Gone: a second later.
    expect(host.last(5, 0.3, 0)).toBe(true);
    expect(host.last(15, 1.2, 0)).toBe(false);
  });

  it('leaves those alone who take little of a large host', () => {
    expect(new Host(8).last(50, 1, 1)).toBe(false);
    expect(new Host(8).last(50, 1, 3)).toBe(true);
  });

  it('is told from who waits for a disk beside our own calls', () => {
    const host = new Host(4);
    expect(host.last(30, 0.1, 0, 1, 1)).toBe(false);
    expect(host.last(5, 0.1, 0, 2, 1)).toBe(true);
    // Our rests don't hide them.
    expect(host.last(30, 0, 0, 1, 0)).toBe(true);
    expect(host.last(20, 0.1, 0, 1, 1)).toBe(false);
  });

  it('never takes us for others, however much of the host we use', () => {
    const looks = fc.array(fc.record({ own: fc.double({ min: 0, max: 2, noNaN: true }), calls: fc.nat(4) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(looks, (list) => {
        const host = new Host(2);
        return list.every(({ own, calls }) => !host.look(own, 0, calls, calls));
      }),
    );
  });

  it('reads the counters of the kernel', () => {
    const text =
      'cpu  100 20 300 4000 50 6 7 8 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\ncpu1 1 2 3 4 5 6 7 8 0 0\nintr 1 2 3\nctxt 5\nprocs_running 2\nprocs_blocked 3\nsoftirq 1\n';
    expect(parseStat(text)).toEqual({ cpus: 2, busy: 441, total: 4491, blocked: 3 });
    expect(parseStat('')).toBeNull();
    expect(parseStat('cpu  a b c\nprocs_blocked 0\n')).toBeNull();
  });
});
