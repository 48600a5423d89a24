import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname, networkInterfaces, platform } from 'node:os';

/** Something that stays the same on this computer and differs on others; hashed, since it is stored. */
export async function machineId(): Promise<string> {
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    const text = (await readFile(path, 'utf8').catch(() => '')).trim();
    if (text !== '') return hash(`machine-id:${text}`);
  }
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((address) => !address.internal)
    .map((address) => address.mac)
    .sort();
  return hash(`${platform()}:${hostname()}:${addresses[0] ?? ''}`);
}

function hash(text: string): string {
  return `local-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}
