import { open, rename, rm, writeFile } from 'node:fs/promises';
import { arch, platform, release } from 'node:os';
import { basename } from 'node:path';
import { SmartScannerError } from '../../shared/errors.ts';
import { nameText } from '../../shared/names.ts';
import type { LiveScan } from '../app/app.ts';
import type { ExaminedScan } from '../catalog/examine.ts';
import type { Endpoint } from '../connection/endpoint.ts';
import { redactLog, stringify, zipped } from './in-turns.ts';
import type { Look } from './look.ts';
import { hidePaths, redactor, SECRET_KEY, SECRET_OPTION } from './redact.ts';
import type { Diagnosis } from '../../shared/diagnosis.ts';

/** Newest logs, and of each the end: a zip that can be mailed. */
const LOGS_MAX = 3;
const LOG_BYTES = 5 * 1024 ** 2;
/** Whoever wants a bundle because nothing answers must not wait for an answer. */
const ANSWER_MS = 5_000;
/** Numbers of users are no names. */
const USER_KEY = /^user(?:[_-]?name)?$|^login$/iu;

export interface BundleFile {
  readonly name: string;
  readonly what: string;
  readonly text: string;
}

export interface BundleSources {
  readonly look: Look;
  readonly logs: readonly string[];
  readonly diagnosis: Diagnosis;
  readonly version: string;
  readonly hashPaths: boolean;
}

/** What a bundle holds, redacted: nothing else is saved. */
export async function bundleFiles(sources: BundleSources): Promise<BundleFile[]> {
  const { look, logs, diagnosis, version, hashPaths } = sources;
  const [catalog, daemon, way, live] = await Promise.all([
    soon(look.catalog()),
    soon(look.daemon()),
    soon(look.way()),
    soon(look.live()),
  ]);
  const scan = catalog?.ours?.scan ?? null;
  const mounts = catalog?.ours?.mounts ?? [];
  const names = [
    look.owner,
    scan?.owner ?? '',
    scan?.certificate?.hostName ?? '',
    scan?.settings.host ?? '',
    daemon?.reached === true ? daemon.info.hostName : '',
    ...mounts.map(({ hostName }) => hostName),
    ...(way === null ? [] : namesIn(way.endpoint)),
  ];
  const redact = redactor({
    names,
    hashPaths,
    mountPaths: [...mounts.map(({ path }) => path), ...(live ?? []).map(({ snapshot }) => snapshot.mountPath)],
    dataDir: look.dataDir,
    knownPaths: [...pathsOf(scan), ...runningPaths(live ?? [])],
  });
  const json = (value: object): Promise<string> => {
    const shown = hashPaths ? hidePaths(value, redact.path) : value;
    // String by string, so that it stays JSON; a key and its secret are two of them, and so are an option and its own.
    const plain = (key: string, inner: unknown): unknown => {
      if (typeof inner === 'bigint') return inner.toString();
      if (Array.isArray(inner)) return withoutValues(inner);
      if (typeof inner !== 'string') return inner;
      if (USER_KEY.test(key) && !/^\d/u.test(inner)) return '[name]';
      return SECRET_KEY.test(key) ? '[secret]' : redact.text(inner);
    };
    return stringify(shown, plain, 2);
  };
  const unreached = daemon?.reached === false ? daemon.error.message : `no answer within ${ANSWER_MS / 1000} s`;
  const known = mounts.map((mount) => ({ ...mount, hostIds: [] }));
  const files: BundleFile[] = [
    { name: 'findings.json', what: 'what the checks saw', text: await json(diagnosis) },
    {
      name: 'versions.json',
      what: 'versions of Smart Scanner, Node, the system and Docker',
      text: await json({
        smartScanner: version,
        node: process.versions.node,
        platform: platform(),
        arch: arch(),
        release: release(),
        docker: daemon?.reached === true ? { version: daemon.look.version, api: daemon.look.apiVersion } : unreached,
      }),
    },
    {
      name: 'docker.json',
      what: 'what the daemon says of itself and of what is ours',
      text: await json(
        daemon?.reached === true ? { ...daemon.look, host: { ...daemon.info, ids: [] } } : { error: unreached },
      ),
    },
  ];
  if (catalog !== null)
    files.push({
      name: 'catalog.json',
      what: 'state of the catalog file',
      text: await json({
        ...catalog,
        ours: catalog.ours === null ? null : { ...catalog.ours, mounts: known, scan: null },
      }),
    });
  if (scan !== null) {
    const { certificate, ...rest } = scan;
    files.push({ name: 'plan.json', what: 'settings, chunks and failed attempts of the scan', text: await json(rest) });
    if (certificate !== null)
      files.push({ name: 'certificate.json', what: 'its coverage certificate', text: await json(certificate) });
  }
  for (const path of logs.slice(0, LOGS_MAX)) {
    const text = await tail(path).catch((error: unknown) => `(can't be read: ${String(error)})`);
    files.push({
      name: `logs/${basename(path)}`,
      what: 'a scan log, with what Docker said of failed workers',
      text: await redactLog(text, redact.text),
    });
  }
  return files;
}

/** `--password` and what comes after it. */
function withoutValues(list: readonly unknown[]): unknown[] {
  return list.map((one, index): unknown => {
    const before = list[index - 1];
    return typeof before === 'string' && SECRET_OPTION.test(before) ? '[secret]' : one;
  });
}

/** What of the names of a scan can be in its log and in findings. Rules are names, too. */
function pathsOf(scan: ExaminedScan | null): string[] {
  if (scan === null) return [];
  const gaps = (scan.certificate?.gaps ?? []).map(({ path }) => nameText(path));
  const rules = scan.settings.excludes.map((rule) => rule.replaceAll('\\', ''));
  return [...gaps, ...scan.setAside.map(({ path }) => path), ...rules];
}

function runningPaths(live: readonly LiveScan[]): string[] {
  const chunks = live.flatMap(({ snapshot }) => snapshot.running);
  return chunks.flatMap(({ path, label, large }) => [path ?? '', label, large?.path ?? ''].map(nameText));
}

/** null: it failed, or takes too long. */
function soon<T>(asked: Promise<T>): Promise<T | null> {
  const late = new Promise<null>((resolve) => setTimeout(resolve, ANSWER_MS, null).unref());
  return Promise.race([asked.catch(() => null), late]);
}

function namesIn(endpoint: Endpoint): string[] {
  switch (endpoint.kind) {
    case 'socket':
      return [];
    case 'tcp':
      return [endpoint.host];
    case 'ssh':
      return [endpoint.host, endpoint.user ?? ''];
  }
}

/** A file, not empty, that does not begin as a zip does; or no file at all. */
async function isSomethingElse(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return false;
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return true;
    const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead > 0 && buffer.toString('latin1', 0, bytesRead) !== 'PK';
  } finally {
    await file.close();
  }
}

/** Throws DATA_DIR where it can't be written, USAGE where it would write over what is no zip; then all is as it was. */
export async function saveBundle(path: string, files: readonly BundleFile[]): Promise<void> {
  if (await isSomethingElse(path))
    throw new SmartScannerError('USAGE', `${path} is there already and is no zip.`, { hint: 'Name another file.' });
  const bytes = await zipped(files);
  const draft = `${path}.${process.pid}.new`;
  try {
    await writeFile(draft, bytes, { mode: 0o600 });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw new SmartScannerError('DATA_DIR', `The bundle ${path} can't be written: ${String(error)}.`, {
      hint: 'Name a file in a directory that can be written.',
      cause: error,
    });
  }
}

async function tail(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - LOG_BYTES);
    const buffer = Buffer.alloc(size - start);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
    const text = buffer.toString('utf8', 0, bytesRead);
    // A line that is cut might show half a secret that no rule knows.
    return start === 0 ? text : `(the start is left out)\n${text.slice(text.indexOf('\n') + 1)}`;
  } finally {
    await file.close();
  }
}
