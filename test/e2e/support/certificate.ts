import type { Certificate } from '../../../shared/certificate.ts';
import type { Plain } from '../../../shared/plain.ts';
import { cli } from '../../support/cli.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/** What the command line makes of the same tree, in a data directory of its own. `args`, `env`: where it scans. */
export async function certificateOfCli(
  path: string,
  name: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Plain<Certificate>> {
  const { out, err } = await cli(['scan', path, name, '--json', '--data-dir', temporaryDirectory(), ...args], { env });
  const outcome = out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { event: string; certificate?: Plain<Certificate> })
    .find(({ event }) => event === 'outcome');
  if (outcome?.certificate === undefined) throw new Error(`The command line made no certificate: ${out}${err}`);
  return outcome.certificate;
}
