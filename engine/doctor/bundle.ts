import { createHash, randomBytes } from 'node:crypto';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import { arch, platform, release } from 'node:os';
import { basename } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { SmartScannerError } from '../../shared/errors.ts';
import type { Endpoint } from '../connection/endpoint.ts';
import type { Look } from './look.ts';
import { hidePaths, redactor } from './redact.ts';
import type { Diagnosis } from '../../shared/diagnosis.ts';

/** Newest logs, and of each the end: a zip that can be mailed. */
const LOGS_MAX = 3;
const LOG_BYTES = 5 * 1024 ** 2;
/** Whoever wants a bundle because nothing answers must not wait for an answer. */
const ANSWER_MS = 5_000;
const SECRET_KEY = /pass(?:word|wd|phrase)|secret|token|api[_-]?key|private[_-]?key|credential|registry-auth/iu;

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
  const [catalog, daemon, way] = await Promise.all([soon(look.catalog()), soon(look.daemon()), soon(look.way())]);
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
  const keptPaths = [look.dataDir, ...mounts.map(({ path }) => path)];
  const redact = redactor({ names, hashPaths, keptPaths });
  const salt = randomBytes(16);
  const hide = (path: string): string => `~${createHash('sha256').update(salt).update(path).digest('hex').slice(0, 8)}`;
  const json = (value: unknown): string => {
    const shown = hashPaths ? hidePaths(value, hide) : value;
    // String by string, so that it stays JSON; a key and its secret are two of them.
    const plain = (key: string, inner: unknown): unknown => {
      if (typeof inner === 'bigint') return inner.toString();
      if (typeof inner !== 'string') return inner;
      return SECRET_KEY.test(key) ? '[secret]' : redact(inner);
    };
    return JSON.stringify(shown, plain, 2);
  };
  const unreached = daemon?.reached === false ? daemon.error.message : `no answer within ${ANSWER_MS / 1000} s`;
  const known = mounts.map((mount) => ({ ...mount, hostIds: [] }));
  const files: BundleFile[] = [
    { name: 'findings.json', what: 'what the checks saw', text: json(diagnosis) },
    {
      name: 'versions.json',
      what: 'versions of Smart Scanner, Node, the system and Docker',
      text: json({
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
      text: json(
        daemon?.reached === true ? { ...daemon.look, host: { ...daemon.info, ids: [] } } : { error: unreached },
      ),
    },
  ];
  if (catalog !== null)
    files.push({
      name: 'catalog.json',
      what: 'state of the catalog file',
      text: json({ ...catalog, ours: catalog.ours === null ? null : { ...catalog.ours, mounts: known, scan: null } }),
    });
  if (scan !== null) {
    const { certificate, ...rest } = scan;
    files.push({ name: 'plan.json', what: 'settings, chunks and failed attempts of the scan', text: json(rest) });
    if (certificate !== null)
      files.push({ name: 'certificate.json', what: 'its coverage certificate', text: json(certificate) });
  }
  for (const path of logs.slice(0, LOGS_MAX)) {
    const text = await tail(path).catch((error: unknown) => `(can't be read: ${String(error)})`);
    files.push({
      name: `logs/${basename(path)}`,
      what: 'a scan log, with what Docker said of failed workers',
      text: redact(text),
    });
  }
  return files;
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

/** Throws DATA_DIR where it can't be written; then nothing is left there. */
export async function saveBundle(path: string, files: readonly BundleFile[]): Promise<void> {
  const zipped = zipSync(Object.fromEntries(files.map(({ name, text }) => [name, strToU8(text)])));
  const draft = `${path}.${process.pid}.new`;
  try {
    await writeFile(draft, zipped, { mode: 0o600 });
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
