import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../../../test/support/temporary.ts';
import { sshAliases } from './known-aliases.ts';

it('finds the machines that an SSH configuration names, also in what it includes, and no patterns', async () => {
  const dir = temporaryDirectory();
  const config = join(dir, 'config');
  mkdirSync(join(dir, 'more'));
  writeFileSync(
    config,
    [
      'Include more/nas',
      'Include config',
      'Host tower "nas 2" nas-3',
      '  HostName 10.0.0.2',
      'host=box',
      'Host *',
      'Host !no *.lan -oX',
    ].join('\n'),
  );
  writeFileSync(join(dir, 'more', 'nas'), 'HOST cellar tower\n');
  expect(await sshAliases(config)).toEqual(['cellar', 'tower', 'nas-3', 'box']);
  expect(await sshAliases(join(dir, 'nothing'))).toEqual([]);
});
