import type { FindingKind } from './kinds.ts';

/** Of workers, scans and what they met. */
export const SCAN_KINDS = {
  'directory-stuck': {
    severity: 'problem',
    title: 'A call has not returned for long',
    means:
      'A worker waits in one system call. The other chunks go on; past the stall timeout it is replaced and the directory tried alone.',
    advice: [
      'Look at the disk or share that holds it: does `ls` there answer?',
      'Leave the directory out with --exclude if you can do without it.',
    ],
  },
  'directory-stalls': {
    severity: 'problem',
    title: 'A directory never answered',
    means:
      'A system call on it did not return or ended its worker, more than once. It is set aside, so that the rest goes on; what lies below is unknown.',
    advice: [
      'Check the disk or share that holds it; other directories of the same disk may stall too.',
      'The next scan tries it last, alone, once; leave it out with --exclude if it is of no use.',
    ],
  },
  'worker-out-of-memory': {
    severity: 'problem',
    title: 'Workers ran out of memory',
    means: 'A worker took more memory than its limit. It is tried again with less to do; here that was not enough.',
    advice: [
      'Give workers more with --memory, or let them do less at a time with --threads 1 and a smaller --chunk-files.',
    ],
  },
  'worker-killed': {
    severity: 'problem',
    title: 'Something on the host ends the workers',
    means:
      'Workers were killed from outside (exit code 137) and not for their memory limit: by a person, a script, or the host running out of memory itself.',
    advice: [
      "Look at the host's log (`dmesg`) for the time in the evidence, and at what stops containers there; then scan again.",
    ],
  },
  'image-outdated': {
    severity: 'problem',
    title: 'The worker in the image is of another version',
    means: 'It could not read its job, or speaks another version than this program.',
    advice: ['Build the image again with `debug --fix build-image`.'],
  },
  'worker-start-failed': {
    severity: 'problem',
    title: 'A worker can not start',
    means: 'The daemon (or the system) refused to start a worker with the options that every worker gets.',
    advice: ["The evidence has the daemon's words; docs/docker.md says what each option is for."],
  },
  'worker-crashed': {
    severity: 'problem',
    title: 'Workers crashed',
    means: 'A worker ended with an exit code that it should never have. What it had finished is kept.',
    advice: ['Save a bundle with --bundle and report it.'],
  },
  'shard-damaged': {
    severity: 'problem',
    title: 'What a worker wrote was damaged',
    means: 'The shard of an attempt was missing or not in order when it was fetched, so nothing of it was merged.',
    advice: ['Check the disk that holds the spool, then scan again.'],
  },
  'scan-abandoned': {
    severity: 'problem',
    title: 'A scan has lost its program',
    means: 'The program that ran it ended without closing it (killed, a crash, a power cut). What was merged is safe.',
    advice: ['Go on with it: `smart-scanner scan --resume`.'],
  },
  'excludes-everything': {
    severity: 'problem',
    title: 'The exclude rules leave nothing',
    means: 'Every entry of the mount point is excluded by a rule, so the scan is covered and empty.',
    advice: ['Scan again without that --exclude.'],
  },
  'analysis-timeout': {
    severity: 'problem',
    title: 'Measuring took too long',
    means:
      'Sizes were not known when the analysis timed out. The original gave up here; Smart Scanner divides what was not measured and scans it.',
    advice: ['Scan with Smart Scanner, with --fast-start (measures nothing) or a longer --analysis-timeout.'],
  },
  'gaps-permission': {
    severity: 'problem',
    title: 'Directories may not be read',
    means: 'Permissions keep the worker out, so what lies below these directories is unknown.',
    advice: [
      'Scan as a user who may read them; in Docker a worker may read all but what the file system itself refuses.',
      'Leave them out with --exclude if they are of no use.',
    ],
  },
  'directory-endless': {
    severity: 'problem',
    title: 'A directory never ends',
    means: 'It gave more than 50,000,000 entries: a file system in a loop, or NFS cookies that repeat.',
    advice: ['Look at what lies there, and leave it out with --exclude.'],
  },
  'gaps-other': {
    severity: 'problem',
    title: 'Directories could not be read',
    means: 'The system refused them with an error; what lies below is unknown.',
    advice: ['Look up the error code in the evidence, mend it, and scan again.'],
  },
  'certificate-disagrees': {
    severity: 'problem',
    title: 'The sums of the scan disagree',
    means: 'What was counted and what was merged are not equal. That is a defect of Smart Scanner.',
    advice: ['Save a bundle with --bundle and report it; scan again.'],
  },
  'scan-interrupted': {
    severity: 'problem',
    title: 'The scan was stopped before its end',
    means: 'What was reached is in the catalog; the rest was never looked at, and the inventory from before stays.',
    advice: ['Go on with it: `smart-scanner scan --resume`.'],
  },
  'scan-not-published': {
    severity: 'problem',
    title: 'The scan did not become the inventory',
    means: 'It found much less than the last one, or not its own mount point, so the inventory from before stays.',
    advice: ['Check that everything is mounted and scan again; if so much is really gone, scan with --publish.'],
  },
  'scan-elsewhere': {
    severity: 'warning',
    title: 'Another computer runs this scan',
    means: 'It belongs to a program on another computer. Whether that still lives can not be seen from here.',
    advice: ['Look there; or end it there before you scan from here.'],
  },
  'scan-cut-off': {
    severity: 'problem',
    title: 'The log ends in the middle of a scan',
    means: 'It has no last line, and nothing shows that the scan still runs: its program was ended.',
    advice: ['Scan again; `smart-scanner scan --resume` goes on where there is something to go on with.'],
  },
  'chunks-failed': {
    severity: 'problem',
    title: 'Chunks failed',
    means: 'Parts of the mount were given up after all retries; what lies there is unknown.',
    advice: ['Scan again; if the same ones fail, save a bundle with --bundle and report it.'],
  },
  'inventory-empty': {
    severity: 'problem',
    title: 'The scan finished and found nothing',
    means: 'It ended in order, but no file is in the catalog.',
    advice: ['Check that the mount path is the one you mean, as the host sees it.'],
  },
  'original-empty': {
    severity: 'problem',
    title: "The original's database is empty",
    means:
      'The original scanner made its table, but no container of it ever wrote a file there. It removed its containers together with their exit codes, so that it could end as if all were well.',
    advice: ['Scan with Smart Scanner under another --db-name; the file of the original is left as it is.'],
  },
  'log-errors': {
    severity: 'warning',
    title: 'The log has errors',
    means: 'Lines with ERROR are in the log, and none of the known causes fits.',
    advice: ['Read them in the evidence.'],
  },
  'clock-skew': {
    severity: 'warning',
    title: 'Clocks differ',
    means: 'The host and this computer do not agree on the time, so that ages and times in the logs are off.',
    advice: ['Turn on NTP on both.'],
  },
  'scan-paused': {
    severity: 'warning',
    title: 'Paused, not stuck',
    means: 'The scan waits for what is named here. Its workers have let go of the mount; nothing is lost.',
    advice: ['Let it go on with `smart-scanner resume`, or wait.'],
  },
  'scan-slower': {
    severity: 'warning',
    title: 'Slower than last time',
    means: 'It reads less than half as many entries a second as the scan before did.',
    advice: ['See what else reads the same disks: a parity check, the mover, a backup, Plex looking for new films.'],
  },
  'limits-clamped': {
    severity: 'warning',
    title: 'Workers were to have more than the host has',
    means:
      'The limits that were set by hand are above what is there. Workers get all there is, and nothing is left for others.',
    advice: ['Name less with --cpus and --memory, or leave both out.'],
  },
  'window-narrow': {
    severity: 'warning',
    title: 'The hours it may run in are few',
    means: 'A scan that may run for less than an hour a day takes very many days.',
    advice: ['Make --window longer, or leave it out and use --load gentle.'],
  },
  'analysis-timeout-short': {
    severity: 'warning',
    title: 'Measuring ends before a stall is seen',
    means:
      'The analysis timeout is shorter than the stall timeout: one directory that does not answer ends measuring for all.',
    advice: ['Leave out --analysis-timeout and --stall-timeout, or scan with --fast-start, which measures nothing.'],
  },
  'mount-slow': {
    severity: 'warning',
    title: 'A mount answers slowly',
    means: 'Looking at single entries takes long: the disk is busy or failing, or the network is far.',
    advice: ['See what else reads that disk (a parity check, the mover, a backup), or scan with --load gentle later.'],
  },
  'fuse-path': {
    severity: 'warning',
    title: 'The mount is read through FUSE',
    means:
      "Unraid's /mnt/user goes through a program for each call; the same directory below /mnt/diskN or /mnt/cache answers faster.",
    advice: ['Scan the disks one by one (/mnt/disk1/…) if speed matters more than one name for all.'],
  },
  'directory-big': {
    severity: 'warning',
    title: 'Big, not stuck',
    means: 'A very large directory is being read, and it moves. The other chunks go on meanwhile.',
    advice: ['Keep waiting; or leave it out with --exclude if you can do without it.'],
  },
  'disk-low': {
    severity: 'warning',
    title: 'A disk is nearly full',
    means: 'Less than 5 % is free where a scan has to write.',
    advice: ['Make room before the next scan.'],
  },
  leftovers: {
    severity: 'warning',
    title: 'Ended scans left something behind',
    means: 'Containers or spool directories of scans that have ended take room. Nothing needs them any more.',
    advice: ['Remove them: `smart-scanner cleanup`.'],
  },
  'threads-many': {
    severity: 'warning',
    title: 'Many more threads than processors',
    means: 'Workers and their threads were set by hand to far more than the host can run: they get in their own way.',
    advice: ['Leave out --threads and --max-containers, or make them smaller.'],
  },
  'stall-timeout-short': {
    severity: 'warning',
    title: 'The stall timeout is short',
    means:
      'A disk that has to wake up takes up to 15 s for its first answer: with this setting that counts as a stall.',
    advice: ['Leave out --stall-timeout, or name at least 60 s.'],
  },
} as const satisfies Record<string, FindingKind>;
