import { InvalidArgumentError, Option, type Command } from 'commander';

export interface CommonOptions {
  dataDir?: string;
  dbName: string;
  forceFilesystem: boolean;
  color: boolean;
  json: boolean;
  host?: string;
  tlscacert?: string;
  tlscert?: string;
  tlskey?: string;
  acceptHostKey?: string;
  remoteDocker?: string;
}

/** Names a file, not a path: the catalog lies in the data directory. */
const DB_NAME = /^[^/\\\0]+$/;

/** What every command takes. */
export function common(command: Command): Command {
  command
    .option('--data-dir <path>', 'where catalog, logs and spool lie')
    .addOption(
      new Option('--db-name <file>', 'catalog file in the data directory')
        .argParser(dbName)
        .default('smart_catalog.db'),
    )
    .option('--force-filesystem', 'open the catalog also on FUSE, NFS or SMB, at its peril', false)
    .option('--json', 'machine-readable output', false)
    .option('--no-color', 'no colours');
  for (const option of hostOptions()) command.addOption(option);
  return command;
}

/** Which daemon, and what proves it to be the right one. */
export function hostOptions(): Option[] {
  return [
    new Option('--host <where>', 'host: its name, a docker context, or an address (ssh://, tcp://, unix://)').argParser(
      filled,
    ),
    new Option('--tlscacert <file>', 'CA that signed the certificate of a tcp:// host').argParser(filled),
    new Option('--tlscert <file>', 'our certificate for it').argParser(filled),
    new Option('--tlskey <file>', 'the key of our certificate').argParser(filled),
    new Option(
      '--accept-host-key <fingerprint>',
      'SSH host key that is right although it was not seen before',
    ).argParser(filled),
    new Option(
      '--remote-docker <path>',
      'docker command of an ssh:// host whose SSH server forwards no sockets (default: it is looked for)',
    ).argParser(filled),
  ];
}

function filled(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.');
  return text.trim();
}

function dbName(text: string): string {
  if (!DB_NAME.test(text) || text === '.' || text === '..')
    throw new InvalidArgumentError('A file name without directories is wanted; use --data-dir for the place.');
  return text;
}
