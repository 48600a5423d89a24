import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { setNiceness } from './niceness.ts';

const hasAutogroups = existsSync('/proc/self/autogroup');
const autogroupOf = (pid: number): string => readFileSync(`/proc/${pid}/autogroup`, 'utf8').trim();

describe('niceness', () => {
  const children: ChildProcess[] = [];
  const start = async (detached: boolean): Promise<number> => {
    const child = spawn('sleep', ['60'], { detached, stdio: 'ignore' });
    children.push(child);
    await once(child, 'spawn');
    return child.pid ?? 0;
  };
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  it('is that of the process', async () => {
    const pid = await start(true);
    setNiceness(pid, 15);
    expect(getPriority(pid)).toBe(15);
  });

  it.skipIf(!hasAutogroups)(
    'is that of its session among others, where Linux shares out by session (else SKIPPED: no autogroups here)',
    async () => {
      const pid = await start(true);
      setNiceness(pid, 15);
      expect(autogroupOf(pid)).toMatch(/^\/autogroup-\d+ nice 15$/u);
    },
  );

  it.skipIf(!hasAutogroups)(
    'leaves a session alone that the process does not lead (else SKIPPED: no autogroups here)',
    async () => {
      const before = autogroupOf(process.pid);
      const pid = await start(false);
      setNiceness(pid, 15);
      expect(getPriority(pid)).toBe(15);
      expect(autogroupOf(process.pid)).toBe(before);
    },
  );

  it('of a process that is gone is nothing', async () => {
    const pid = await start(true);
    const child = children.at(-1);
    child?.kill('SIGKILL');
    if (child !== undefined) await once(child, 'exit');
    expect(() => setNiceness(pid, 15)).not.toThrow();
  });
});
