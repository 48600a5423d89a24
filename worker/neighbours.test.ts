import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../test/support/temporary.ts';
import { jobOf, startWorker } from '../test/support/worker.ts';

const RUNNING =
  'version="7.0.1"\nmdState="STARTED"\nmdResyncAction="check P"\nmdResync="1000"\nmdResyncPos="420"\nmdResyncDt="60"\n';

async function look(ini: string | null, pid: string | null, only = false): Promise<unknown> {
  const dir = temporaryDirectory();
  if (ini !== null) writeFileSync(join(dir, 'var.ini'), ini);
  if (pid !== null) writeFileSync(join(dir, 'mover.pid'), pid);
  const neighbours = { parity: join(dir, 'var.ini'), mover: join(dir, 'mover.pid'), seesProcesses: true, only };
  const { result } = await startWorker('probe', jobOf('probe', only ? '/not/there' : dir, { neighbours })).done;
  return { exit: result?.exit, ...result?.probe?.neighbours };
}

it.each([
  ['nothing is there', null, null, { parity: null, mover: false }],
  ['a check runs', RUNNING, null, { parity: { action: 'check P', percent: 42 }, mover: false }],
  ['a check is paused', RUNNING.replace('Dt="60"', 'Dt="0"'), null, { parity: null, mover: false }],
  ['a check is over', RUNNING.replace('Pos="420"', 'Pos="0"'), null, { parity: null, mover: false }],
  ['the file is nonsense', '\u0000mdResyncPos\n=\n', 'x', { parity: null, mover: true }],
  ['the mover runs', null, `${process.pid}\n`, { parity: null, mover: true }],
  ['the mover was killed', null, '4194305', { parity: null, mover: false }],
])('the probe sees whether parity check and mover run: %s', async (_what, ini, pid, expected) => {
  expect(await look(ini, pid)).toEqual({ exit: 0, ...expected });
});

it('looks at nothing else where it is asked for that alone', async () => {
  expect(await look(RUNNING, null, true)).toEqual({
    exit: 0,
    parity: { action: 'check P', percent: 42 },
    mover: false,
  });
});
