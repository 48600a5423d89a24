import type { FindingKind } from './kinds.ts';

/** Of Docker, mount points, disks and the catalog: what a scan stands on. */
export const PLACE_KINDS = {
  'docker-denied': {
    severity: 'problem',
    title: "Docker's socket may not be used",
    means: 'Docker runs, but this user is not allowed to speak to it, so no container can be started.',
    advice: [
      'Add the user to the group "docker" and log in again, or run Smart Scanner as a user who may use Docker.',
      'Scan with --runtime process if the directories lie on this computer.',
    ],
  },
  'docker-unreachable': {
    severity: 'problem',
    title: 'Docker does not answer',
    means:
      'The scans of this data directory run in containers, and no Docker daemon answers. Chunks that were merged are safe.',
    advice: [
      'Start Docker (on Unraid: Settings, Docker), then go on with `smart-scanner scan --resume`.',
      'Check DOCKER_HOST if Docker runs somewhere else.',
    ],
  },
  'docker-api': {
    severity: 'problem',
    title: 'This Docker speaks another version',
    means: 'The daemon and this program have no version of the API in common.',
    advice: ['Update Docker to 20.10 or newer, or Smart Scanner if Docker is the newer one.'],
  },
  'docker-disk-full': {
    severity: 'problem',
    title: "Docker's disk is nearly full",
    means: 'Containers can neither start nor write their logs when the disk that Docker keeps its own data on is full.',
    advice: [
      'See what takes the room with `docker system df`, and remove images that nobody uses.',
      'On Unraid, make the Docker image file larger (Settings, Docker).',
    ],
  },
  'docker-restarted': {
    severity: 'problem',
    title: 'Workers were lost with their daemon',
    means:
      'Docker was restarted while workers ran (exit code 255): it ends all containers with it. The chunks themselves are not to blame.',
    advice: ['Find out what restarts Docker (an update, a plugin, the array), then let the scan go on, or scan again.'],
  },
  'docker-storage-driver': {
    severity: 'warning',
    title: 'Docker uses a slow storage driver',
    means:
      'With this storage driver each container copies its whole image first: every worker takes room and time to start.',
    advice: ['Use overlay2 or btrfs for Docker if the file system allows it; scans work all the same.'],
  },
  'limits-above-host': {
    severity: 'problem',
    title: 'Workers ask for more than the host has',
    means:
      'Docker refuses a container that asks for more CPUs than there are. Smart Scanner asks for no more than the host has; the original always asked for 12.',
    advice: ['Scan with Smart Scanner, which takes what there is; or name a number with --cpus.'],
  },
  'image-missing': {
    severity: 'problem',
    title: 'The worker image is missing',
    means: 'The containers could not start because their image is not on this host and could not be had from anywhere.',
    advice: ['Scan with Smart Scanner: it builds its image by itself; or build it with `debug --fix build-image`.'],
  },
  'image-foreign': {
    severity: 'problem',
    title: 'The named image is not one of Smart Scanner',
    means: 'An image of that name is there, but no worker is in it.',
    advice: ['Leave --image out, or give the image a name that nothing else has.'],
  },
  'image-base-missing': {
    severity: 'warning',
    title: 'The base of the worker image is missing',
    means:
      'The worker image is not built yet, and what it is built from is not on this host: the next scan has to pull it.',
    advice: ['Make sure that Docker reaches a registry, or bring the base with `docker save` and `docker load`.'],
  },
  'image-architecture': {
    severity: 'problem',
    title: 'The image is for another kind of processor',
    means: 'The program in the image can not run on this host ("exec format error").',
    advice: ['Remove the image and let Smart Scanner build it on this host.'],
  },
  'mount-missing': {
    severity: 'problem',
    title: 'A mount point is gone',
    means:
      'The directory that is to be scanned does not exist on the host: it was renamed, or its disk or share is not mounted. The inventory stays as it was.',
    advice: [
      'Check that the array or the share is started and the path is spelled as on the host.',
      'If the share was renamed, scan it under its new path.',
    ],
  },
  'mount-empty': {
    severity: 'problem',
    title: 'A mount point is suddenly empty',
    means:
      'Its inventory has entries, but now nothing is there: mostly the array is stopped, or the disk is not mounted. The inventory stays as it was.',
    advice: ['Start the array or mount the disk and scan again; say --publish only if it is really empty now.'],
  },
  'mount-not-listable': {
    severity: 'problem',
    title: 'A mount point can not be listed',
    means: 'The directory is there, but reading it fails: permissions, or the disk or share behind it.',
    advice: ['Look at the error in the evidence; check the permissions, then the disk.'],
  },
  'nfs-root-squash': {
    severity: 'problem',
    title: 'The NFS server refuses root',
    means: 'The server turns root into nobody (root_squash), so a worker may not read what others may.',
    advice: ['Export the share with no_root_squash to this host, or scan on the NAS itself.'],
  },
  'nfs-stale': {
    severity: 'problem',
    title: 'An NFS share has gone stale',
    means:
      'The server was restarted or exports something else now; everything below answers ESTALE until it is mounted anew.',
    advice: ['Unmount the share and mount it again on the host, then scan again.'],
  },
  'mount-not-mounted': {
    severity: 'warning',
    title: 'Nothing is mounted at this path',
    means:
      "The directory lies on the system's own disk, although paths like this one are made for other disks: what should be mounted there probably is not.",
    advice: ['Mount the disk or start the array, then scan again; ignore this if the directory is meant to be there.'],
  },
  'mount-gone': {
    severity: 'problem',
    title: 'A file system went away while it was read',
    means: 'What served it has ended (ENOTCONN, ENODEV): a FUSE program, a USB disk, a network share.',
    advice: ['Mount it again on the host, then scan again.'],
  },
  'disk-errors': {
    severity: 'problem',
    title: 'A disk answers with errors',
    means: 'Reading failed with an input/output error. That is the disk, its cable or its file system, not the scan.',
    advice: [
      "Look at the disk's SMART values and the kernel's log (`dmesg`) on the host, and at your backups.",
      'Scan again when the disk is well; what could be read is in the catalog.',
    ],
  },
  'disk-full': {
    severity: 'problem',
    title: 'A disk is full',
    means: 'What a scan has to write (catalog, spool, logs) found no room. Chunks that were merged before are safe.',
    advice: ['Make room on the disk that the evidence names, or use a --data-dir on another one, then scan again.'],
  },
  'data-dir-volatile': {
    severity: 'warning',
    title: 'The data directory lies in memory',
    means:
      'It is gone after the next restart (on Unraid everything outside /mnt and /boot is): inventory, logs and all.',
    advice: ['Use a --data-dir on a disk: on Unraid /mnt/cache/appdata/… or /mnt/diskN/….'],
  },
  'inodes-full': {
    severity: 'problem',
    title: 'A file system has no room for more files',
    means: 'There are bytes left but no inodes: no file can be made.',
    advice: ['Remove small files there, or use a --data-dir on another disk.'],
  },
  'catalog-filesystem': {
    severity: 'problem',
    title: 'The database lies where locks fail',
    means:
      "On FUSE (Unraid's /mnt/user), NFS and SMB the locks of SQLite do not work: databases there get locked for ever, or damaged.",
    advice: ['Use a data directory on a local disk: on Unraid /mnt/cache/appdata/… or /mnt/diskN/….'],
  },
  'catalog-damaged': {
    severity: 'problem',
    title: 'The catalog is damaged',
    means:
      'SQLite finds pages in it that are not in order. That comes from a disk, from a copy that broke off, or from a file system where locks fail.',
    advice: [
      'What can be read of it, `sqlite3 FILE .recover` brings into a new file: before it is moved.',
      'Move the file away with its -wal and -shm (keep them), and scan again: a new catalog is made. A backup can be put in its place instead.',
    ],
  },
  'catalog-newer': {
    severity: 'problem',
    title: 'The catalog is of a newer version',
    means: 'A newer Smart Scanner wrote it. This one leaves it as it is.',
    advice: ['Update Smart Scanner.'],
  },
  'catalog-not-sqlite': {
    severity: 'problem',
    title: 'The catalog is no database',
    means: 'A file of another kind has the name of the catalog.',
    advice: ['Move it away, or name another file with --db-name.'],
  },
  'catalog-foreign': {
    severity: 'problem',
    title: "The catalog is another program's database",
    means: 'It has none of our tables. It is left as it is.',
    advice: ['Name another file with --db-name, or another place with --data-dir.'],
  },
  'catalog-unreadable': {
    severity: 'problem',
    title: 'The catalog can not be read',
    means: 'The file is there, but this user may not read it, or its disk refuses.',
    advice: ['Run Smart Scanner as a user who may read the data directory, or mend its permissions.'],
  },
  'catalog-missing': {
    severity: 'problem',
    title: 'The catalog is missing',
    means: 'There are logs of scans here, but no catalog: it was moved, removed, or has another name.',
    advice: ['Name it with --db-name or --data-dir, bring it back, or scan again.'],
  },
  'database-locked': {
    severity: 'problem',
    title: 'The database was locked',
    means:
      'Many writers got in each other\'s way ("database is locked"), so what they had found was lost. The original wrote to one database from every container; Smart Scanner has one writer.',
    advice: [
      'Scan with Smart Scanner into a data directory on a local disk (not /mnt/user, NFS or SMB).',
      'End other programs that have the database open.',
    ],
  },
} as const satisfies Record<string, FindingKind>;
