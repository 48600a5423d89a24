import { catalogFile, catalogIntegrity, catalogPlace, originalCatalog } from './checks/catalog.ts';
import { space } from './checks/disks.ts';
import { clock, daemon, dockerDisk, image, leftovers, workerStart } from './checks/host.ts';
import { logPatterns } from './checks/logs.ts';
import { mounts, mountSpeed } from './checks/mounts.ts';
import { running } from './checks/running.ts';
import { attempts, gaps, scanOutcome, settings } from './checks/scan.ts';
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
  settings,
  daemon,
  dockerDisk,
  image,
  workerStart,
  clock,
  leftovers,
  mounts,
  mountSpeed,
  space,
];
