import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import type { FoundHost } from '../../shared/hosts.ts';
import { contextEndpoint, DEFAULT_CONTEXT } from './docker-config.ts';
import { localEndpoint } from './endpoint.ts';
import { sshAliases } from './ssh/known-aliases.ts';

const MetaSchema = v.object({ Name: v.pipe(v.string(), v.minLength(1)) });

/** Where Docker may be, as far as this computer's own configuration tells: its socket, docker contexts, machines of ssh. Connects to nothing. */
export async function foundHosts(environment: Readonly<Record<string, string | undefined>>): Promise<FoundHost[]> {
  const local = localEndpoint();
  const said = environment['DOCKER_HOST']?.trim() ?? '';
  const contexts = await dockerContexts(environment['DOCKER_CONFIG'] || join(homedir(), '.docker'));
  const aliases = await sshAliases();
  return [
    said === ''
      ? { source: 'socket', name: 'Docker on this computer', address: local.address, host: 'local' }
      : { source: 'environment', name: 'Docker', address: said, host: said },
    ...contexts,
    ...aliases.map((name) => ({ source: 'ssh', name, address: `ssh://${name}`, host: `ssh://${name}` }) as const),
  ];
}

async function dockerContexts(configDir: string): Promise<FoundHost[]> {
  const meta = join(configDir, 'contexts', 'meta');
  const found: FoundHost[] = [];
  for (const directory of (await readdir(meta).catch(() => [])).sort()) {
    try {
      const { Name } = v.parse(MetaSchema, JSON.parse(await readFile(join(meta, directory, 'meta.json'), 'utf8')));
      const { address } = await contextEndpoint(configDir, Name);
      if (Name !== DEFAULT_CONTEXT) found.push({ source: 'context', name: Name, address, host: Name });
    } catch {
      // One that can't be understood leads nowhere; `docker context ls` says so, too.
    }
  }
  return found;
}
