import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { Int64Schema, JobSchema, WorkerLineSchema } from './worker-protocol.ts';

const job = {
  kind: 'scan',
  protocol: { major: 1, minor: 0 },
  attempt: 'a',
  mount: '/mnt',
  spool: '/spool',
  threads: 2,
  stallTimeoutMs: 1000,
  crossFilesystems: false,
  excludes: [],
  roots: [{ path: { b64: '/w==', text: '\\xff' }, mode: 'own' }],
  budget: { entries: null, bytes: 1, timeMs: null, pendingDirs: null },
  order: 'depth',
  hashShard: true,
};
const hello = {
  type: 'hello',
  protocol: { major: 1, minor: 0 },
  worker: '1',
  node: 'v24',
  shard: 1,
  pid: 7,
  attempt: 'a',
  kind: 'scan',
};

describe('the worker protocol', () => {
  it('ignores fields of a later minor version, at every depth', () => {
    const later = {
      ...job,
      anything: 1,
      protocol: { ...job.protocol, patch: 3 },
      budget: { ...job.budget, inodes: 5 },
      roots: [{ ...job.roots[0], hint: 'x' }],
    };
    expect(v.parse(JobSchema, later)).toEqual(job);
    expect(v.parse(WorkerLineSchema, { ...hello, mood: 'good' })).toEqual(hello);
  });

  it('reads another major version of a hello, so that it can be refused by name', () => {
    expect(v.is(WorkerLineSchema, { ...hello, protocol: { major: 2, minor: 0 } })).toBe(true);
  });

  it.each([
    ['no kind', { ...job, kind: undefined }],
    ['an unknown kind', { ...job, kind: 'delete' }],
    ['an unknown mode', { ...job, roots: [{ path: 'a', mode: 'all' }] }],
    ['a path that is neither text nor bytes', { ...job, roots: [{ path: 7, mode: 'own' }] }],
    ['a missing budget', { ...job, budget: undefined }],
  ])('refuses a job with %s', (_what, bad) => {
    expect(v.is(JobSchema, bad)).toBe(false);
  });

  it('keeps 64-bit numbers as decimal text, since JSON has none', () => {
    for (const good of ['0', '-1', '9223372036854775807', '-9223372036854775808'])
      expect(v.is(Int64Schema, good)).toBe(true);
    for (const bad of ['', '1.5', '1e3', '0x1', ' 1', '92233720368547758070', 5])
      expect(v.is(Int64Schema, bad)).toBe(false);
  });
});
