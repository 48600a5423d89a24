import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SPOOL_FILES } from '../../../shared/worker-protocol.ts';
import { temporaryDirectory } from '../../../test/support/temporary.ts';
import { findAttempts } from '../docker/found.ts';
import { ProcessRuntime } from './process-runtime.ts';

const OURS = '0198b4f3-0000-7000-8000-00000000000a';
const EMPTY = '0198b4f3-0000-7000-8000-00000000000b';

/** A spool directory with one attempt of ours and what somebody else may have put there. */
function spoolRoot(jobIn: string): string {
  const root = temporaryDirectory();
  for (const name of [OURS, EMPTY, 'Holiday pictures']) {
    const dir = join(root, name, jobIn);
    mkdirSync(dir, { recursive: true });
    if (name !== EMPTY) writeFileSync(join(dir, SPOOL_FILES.job), '{}');
  }
  writeFileSync(join(root, 'notes.txt'), 'mine');
  return root;
}

it('a process spool counts as ours only by its name and its files, so that cleanup never removes anything else', async () => {
  const runtime = new ProcessRuntime({ nodePath: '', workerBundle: '', spoolRoot: spoolRoot('') });
  expect((await runtime.list()).map(({ ref }) => ref.attempt)).toEqual([OURS]);
});

it('what a moved data directory holds is removed where it lies now, not where its record says', async () => {
  const root = temporaryDirectory();
  const elsewhere = join(temporaryDirectory(), OURS);
  for (const dir of [join(root, OURS), elsewhere]) mkdirSync(dir);
  const ref = { runtime: 'process', node: 'local', attempt: OURS, id: '0:none', spool: elsewhere };
  writeFileSync(join(root, OURS, 'attempt.json'), JSON.stringify({ labels: null, ref, startedAtMs: 0 }));
  const runtime = new ProcessRuntime({ nodePath: '', workerBundle: '', spoolRoot: root });
  const [found] = await runtime.list();
  if (found !== undefined) await runtime.remove(found.ref);
  expect([existsSync(join(root, OURS)), existsSync(elsewhere)]).toEqual([false, true]);
});

it('so does a Docker spool', async () => {
  const nothing = {
    listContainers: () => Promise.resolve([]),
    listVolumes: () => Promise.resolve({ Volumes: [], Warnings: [] }),
  };
  const found = await findAttempts(nothing as unknown as Parameters<typeof findAttempts>[0], 'node', spoolRoot('w'));
  expect(found.map(({ ref }) => ref.attempt)).toEqual([OURS]);
});
