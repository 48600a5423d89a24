import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWithDocker } from './docker.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { cli } from './support/cli.ts';
import { rows } from './support/faults.ts';
import { temporaryDirectory } from './support/temporary.ts';
import { tuned } from './support/tuned.ts';

describeWithDocker('a worker with too little memory', ({ address, baseImage }) => {
  it('is tried again with half the threads until they fit, and the scan covers all', async () => {
    const dir = temporaryDirectory();
    const tree = makePlainTree(join(dir, 'tree'), 80, 500);
    const data = join(dir, 'data');
    // Many more threads than 64 MiB hold, and enough to do for all of them; the kernel kills the container.
    const limits = ['--memory', '64MiB', '--threads', '16', '--retries', '5', '--fast-start', '--max-containers', '1'];
    const { status, out } = await cli(['scan', tree, 'Tree', '--runtime', 'docker', '--data-dir', data, ...limits], {
      env: { DOCKER_HOST: address, SMART_SCANNER_BASE_IMAGE: baseImage },
    });
    const [log = ''] = readdirSync(join(data, 'logs'));
    expect(readFileSync(join(data, 'logs', log), 'utf8')).toContain('The worker ran out of memory and was killed');
    expect(out).toContain('COVERED');
    expect(status).toBe(0);
  });
});

it('a worker whose heap is full is known for one, and what it did not do is tried again', async () => {
  const dir = temporaryDirectory();
  const tree = makePlainTree(join(dir, 'tree'), 30, 40);
  const data = join(dir, 'data');
  const workerNode = join(dir, 'node');
  // The first scanning worker gets a heap in which not even Node has room: V8 itself ends it.
  const limited = `for a do shift; case $a in --max-old-space-size=*);; *) set -- "$@" "$a";; esac; done; exec '${process.execPath}' --max-old-space-size=2 "$@"`;
  const once = `case " $* " in *" scan "*) if mkdir '${dir}/once' 2>/dev/null; then ${limited}; fi;; esac`;
  writeFileSync(workerNode, `#!/bin/sh\n${once}\nexec '${process.execPath}' "$@"\n`, { mode: 0o755 });
  const scan = ['scan', tree, 'Tree', '--runtime', 'process', '--data-dir', data, '--measure'];
  const { status, out } = await cli(scan, tuned({ workerNode }));
  expect(status, out).toBe(0);
  const [first, ...others] = rows(data, 'SELECT outcome, code, reason FROM attempts ORDER BY started, id');
  expect(first).toEqual({
    outcome: 'oom',
    code: 'WORKER_OOM',
    reason: 'The worker ran out of memory: its heap was full.',
  });
  expect(others).not.toContainEqual(first);
});
