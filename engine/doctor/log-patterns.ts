import type { FindingId } from './kinds.ts';
import type { Confidence } from '../../shared/diagnosis.ts';

export interface LogPattern {
  readonly finds: FindingId;
  readonly text: RegExp;
  /** What looks like it and isn't. */
  readonly unless?: RegExp;
  /** Said with level INFO (mostly by the original); other patterns are looked for in warnings, errors and lines without a level. */
  readonly inInfo?: RegExp;
  /** Of the program itself. The others are of workers and of what they read: tried again, and kept in the catalog. */
  readonly ofOrchestrator?: boolean;
  readonly confidence: Confidence;
  /** In words, with what the first group caught as `$1`. */
  readonly seen: string;
}

/** Words of Docker, SQLite, Node, Python and the kernel as they get into a scan log, ours and the original's. */
export const PATTERNS: readonly LogPattern[] = [
  {
    finds: 'limits-above-host',
    text: /Range of CPUs is from [\d.]+ to ([\d.]+)/iu,
    confidence: 'certain',
    seen: 'Docker refused to start containers that ask for more CPUs than the $1 of the host.',
  },
  {
    finds: 'limits-above-host',
    text: /(?:memory limit (?:too|given)|exceeds (?:available|host) memory)/iu,
    confidence: 'likely',
    seen: 'Docker refused the memory that containers asked for.',
  },
  {
    finds: 'database-locked',
    text: /database (?:table )?is locked|SQLITE_BUSY/iu,
    ofOrchestrator: true,
    confidence: 'likely',
    seen: 'The log says that the database could not be written.',
  },
  {
    finds: 'catalog-unreadable',
    text: /unable to open database file|SQLITE_CANTOPEN/iu,
    ofOrchestrator: true,
    confidence: 'likely',
    seen: 'The log says that the database could not be opened.',
  },
  {
    finds: 'disk-errors',
    text: /disk I\/O error|SQLITE_IOERR/iu,
    ofOrchestrator: true,
    confidence: 'likely',
    seen: 'The log says that the disk of the database answered with errors.',
  },
  {
    finds: 'catalog-damaged',
    text: /database disk image is malformed|file is not a database|SQLITE_CORRUPT/iu,
    // What a worker wrote, which is a database of its own.
    unless: /The shard can't be merged/u,
    ofOrchestrator: true,
    confidence: 'likely',
    seen: 'The log says that a database is malformed.',
  },
  {
    finds: 'disk-full',
    text: /no space left on device|ENOSPC|database or disk is full|DISK FULL|its disk is full/iu,
    confidence: 'likely',
    seen: 'The log says that a disk was full.',
  },
  {
    finds: 'image-missing',
    text: /Unable to find image|No such image|pull access denied|manifest (?:unknown|for .* not found)|repository does not exist/iu,
    confidence: 'certain',
    seen: 'Docker could not find the image.',
  },
  {
    finds: 'image-architecture',
    text: /exec format error|no matching manifest for/iu,
    confidence: 'certain',
    seen: 'The program in the image can not run on this processor.',
  },
  {
    finds: 'mount-missing',
    text: /bind source path does not exist|MOUNT_NOT_FOUND|invalid mount config for type "bind"/iu,
    confidence: 'certain',
    seen: 'Docker could not find the directory that was to be scanned.',
  },
  {
    finds: 'docker-denied',
    text: /permission denied while trying to connect to the (?:Docker daemon socket|docker API)|Got permission denied .*docker/iu,
    ofOrchestrator: true,
    confidence: 'certain',
    seen: 'The log says that the Docker socket may not be used.',
  },
  {
    finds: 'docker-unreachable',
    text: /Cannot connect to the Docker daemon|Is the docker daemon running|No Docker daemon answers|RECONNECTING|The connection to Docker was lost|The host stopped answering/iu,
    confidence: 'possible',
    seen: 'The log says that Docker did not answer.',
  },
  {
    finds: 'docker-restarted',
    text: /lost with its daemon|"ExitCode":255/u,
    confidence: 'likely',
    seen: 'The log says that workers were lost with their daemon (exit code 255).',
  },
  {
    finds: 'worker-out-of-memory',
    text: /ran out of memory|"OOMKilled":true|MemoryError|heap out of memory|out of memory: kill/iu,
    confidence: 'likely',
    seen: 'The log says that workers ran out of memory.',
  },
  {
    finds: 'worker-killed',
    text: /killed from outside/u,
    confidence: 'likely',
    seen: 'The log says that workers were killed from outside.',
  },
  {
    finds: 'directory-stalls',
    text: /QUARANTINE Set aside|A system call on the mount never came back/u,
    confidence: 'likely',
    seen: 'The log says that a system call never came back.',
  },
  {
    finds: 'analysis-timeout',
    text: /(?:analy[sz]\w*|measur\w*|\bdu\b)[^\n]*\btime(?:d )?[ -]?out|\btime(?:d )?[ -]?out\b[^\n]*(?:analy[sz]|\bdu\b)/iu,
    unless: /TIMEOUT: measuring took longer than/u,
    inInfo: /time(?:d )?[ -]?out/iu,
    ofOrchestrator: true,
    confidence: 'likely',
    seen: 'The log says that the analysis timed out.',
  },
  {
    finds: 'gaps-permission',
    text: /\bEACCES\b|\bEPERM\b|Permission denied|PermissionError/u,
    unless: /Docker/iu,
    confidence: 'likely',
    seen: 'The log says that directories may not be read.',
  },
  {
    finds: 'disk-errors',
    text: /\bEIO\b|Input\/output error|I\/O error/u,
    unless: /disk I\/O error/u,
    confidence: 'likely',
    seen: 'The log says that a disk answered with errors.',
  },
  {
    finds: 'nfs-stale',
    text: /\bESTALE\b|Stale (?:NFS )?file handle/iu,
    confidence: 'certain',
    seen: 'The log says that a file handle of NFS is stale.',
  },
  {
    finds: 'worker-start-failed',
    text: /Failed to start container|failed to create (?:shim|task)|OCI runtime create failed/iu,
    confidence: 'possible',
    seen: 'The log says that containers could not be started.',
  },
];
