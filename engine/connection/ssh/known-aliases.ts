import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** More files than anybody includes; an Include that leads back to itself ends here. */
const MOST_FILES = 50;

/**
 * The machines that the user's SSH configuration names: each alias that a person could type, in the order in which they stand there. Patterns are
 * none, and nothing is connected to. A file that can't be read says nothing.
 */
export async function sshAliases(config = join(homedir(), '.ssh', 'config')): Promise<string[]> {
  const seen = new Set<string>();
  const found = new Set<string>();
  const directory = join(config, '..');
  const read = async (path: string): Promise<void> => {
    if (seen.has(path) || seen.size >= MOST_FILES) return;
    seen.add(path);
    for (const line of (await readFile(path, 'utf8').catch(() => '')).split('\n')) {
      const [keyword, values] = directive(line);
      if (keyword === 'host') for (const name of values) if (isMachine(name)) found.add(name);
      // A pattern of files (`config.d/*`) is ssh's to expand; a file that is named is read.
      if (keyword === 'include') for (const name of values) await read(resolved(name, directory));
    }
  };
  await read(config);
  return [...found];
}

function directive(line: string): readonly [string, readonly string[]] {
  const match = /^\s*([a-z]+)(?:\s*=\s*|\s+)(.+?)\s*$/iu.exec(line);
  if (match === null) return ['', []];
  const values = [...(match[2] ?? '').matchAll(/"([^"]*)"|(\S+)/gu)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  return [(match[1] ?? '').toLowerCase(), values];
}

/** Neither a pattern nor a negation, and nothing that ssh would take for an option. */
function isMachine(name: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u.test(name);
}

function resolved(name: string, directory: string): string {
  if (name.startsWith('~/')) return join(homedir(), name.slice(2));
  return isAbsolute(name) ? name : join(directory, name);
}
