import { catalogFile, catalogIntegrity, catalogPlace, originalCatalog } from './checks/catalog.ts';
import { space } from './checks/disks.ts';
import { clock, daemon, dockerDisk, image, leftovers, workerStart } from './checks/host.ts';
import { logPatterns } from './checks/logs.ts';
import { mounts, mountSpeed } from './checks/mounts.ts';
import { running } from './checks/running.ts';
import { neighbours } from './checks/neighbours.ts';
import { others } from './checks/others.ts';
import { pauses } from './checks/pauses.ts';
import { attempts } from './checks/attempts.ts';
import { gaps, scanOutcome } from './checks/scan.ts';
import { scanSpeed } from './checks/speed.ts';
import { settings } from './checks/settings.ts';
import { host, ssh } from './checks/ways.ts';
import type { Check } from './types.ts';

/** Every check, in the order in which a person reads what they saw. */
export const CHECKS: readonly Check[] = [
  catalogFile,
  catalogIntegrity,
  catalogPlace,
  originalCatalog,
  scanOutcome,
  gaps,
  attempts,
  logPatterns,
  running,
  pauses,
  scanSpeed,
  others,
  settings,
  host,
  ssh,
  daemon,
  dockerDisk,
  image,
  workerStart,
  neighbours,
  clock,
  leftovers,
  mounts,
  mountSpeed,
  space,
];
