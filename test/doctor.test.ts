import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { basename, join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { saveBundle } from '../engine/doctor/bundle.ts';
import { judge, judgeSpeed } from '../engine/doctor/checks/mounts.ts';
import { judgeChunk } from '../engine/doctor/checks/running.ts';
import { machineId } from '../engine/runtime/process/machine-id.ts';
import type { ProbeResult } from '../shared/worker-protocol.ts';
import { cli } from './support/cli.ts';
import { Ward } from './support/doctor.ts';
import { temporaryDirectory } from './support/temporary.ts';

describe('debug', () => {
  it('explains the empty database of the original in words, with lines of its log, and leaves all as it was', async () => {
    const ward = new Ward();
    ward.original(0);
    const words = 'Range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available.';
    ward.log([`ERROR - Failed to start container for chunk 1: ${words}`, 'INFO - SMART SCAN COMPLETE'], 'original');
    const before = readFileSync(ward.catalogPath);
    const { out, status } = await cli(['debug', '--data-dir', ward.data]);
    expect(status).toBe(1);
    expect(out).toContain('1. Workers ask for more than the host has');
    expect(out).toContain('smart_scan_20260131_180509.log:1: ');
    expect(out).toContain('Explains: log-errors, original-empty');
    expect(out.indexOf('Recommendations')).toBeGreaterThan(out.indexOf('were found'));
    expect(readFileSync(ward.catalogPath).equals(before)).toBe(true);
    expect(readdirSync(ward.data).sort()).toEqual(['smart_catalog.db', 'smart_scan_20260131_180509.log']);
  });

  it('works where there is not even a data directory, and makes none', async () => {
    const dir = join(temporaryDirectory(), 'not', 'there');
    const { out, status } = await cli(['debug', '--data-dir', dir]);
    expect(out).toContain('Nothing wrong was found');
    expect(status).toBe(0);
    expect(existsSync(dir)).toBe(false);
  });

  it('goes on with an abandoned scan when told to, and sees that it is well then', async () => {
    const ward = new Ward();
    const logPath = join(ward.data, 'logs', 'smart_scan_20260131_180509.log');
    const { catalog, scanId } = ward.begin({ logPath, hostId: await machineId() });
    catalog.add(scanId, {
      items: [{ path: '', mode: 'subtree', entries: null, bytes: null }],
      entries: null,
      bytes: null,
      oversized: false,
    });
    catalog.service.handlers.planMade({ scanId });
    catalog.close();
    const { out, status, err } = await cli(['debug', '--data-dir', ward.data, '--fix', 'resume:Tree']);
    expect(out + err).toContain('Fixed: the scan ended and nothing is missing: 1 chunk done, 200 files.');
    expect(status).toBe(0);
  });

  it('says which fixes there are when told of one that there is not', async () => {
    const { err, status } = await cli(['debug', '--data-dir', new Ward().data, '--fix', 'everything']);
    expect(err).toContain('No finding has a fix "everything"');
    expect(status).toBe(64);
  });

  it('does not call a scan well that there is not; the original’s are called by their logs', async () => {
    const ward = new Ward();
    ward.original(5);
    const path = ward.log(['ERROR - database is locked'], 'original');
    const named = await ward.examine({}, ['--scan', basename(path, '.log')]);
    expect(named.findings.map(({ id }) => id)).toContain('database-locked');
    const { err, status } = await cli(['debug', '--data-dir', ward.data, '--scan', 'no-such-scan']);
    expect(err).toContain('There is no scan no-such-scan');
    expect(status).toBe(64);
    const own = new Ward();
    await own.scanned();
    expect((await cli(['debug', '--data-dir', own.data, '--scan', 'no-such-scan', '--json'])).status).toBe(64);
  });

  it('does not call a catalog well whose rows can not be read', async () => {
    const ward = new Ward();
    await ward.scanned();
    ward.change((db) => db.prepare("UPDATE scans SET settings = '{'").run());
    expect(await ward.examine()).toMatchObject({ status: 1, findings: [{ id: 'catalog-unreadable' }] });
  });
});

describe('what a probe means', () => {
  const mount = {
    name: 'Videos',
    path: '/mnt/user/Videos',
    hostKind: 'docker',
    hostName: 'tower',
    hostIds: ['x'],
    publishedEntries: 900,
  } as const;
  const well: ProbeResult = {
    exists: true,
    isDirectory: true,
    listable: true,
    empty: false,
    code: null,
    syscall: null,
    filesystem: 'ext4',
    isMountPoint: true,
    totalBytes: '1000',
    freeBytes: '500',
    spoolFreeBytes: '500',
    spoolWritable: true,
    nowMs: 0,
    timezone: 'UTC',
  };
  const denied = { ...well, listable: false, code: 'EACCES', syscall: 'opendir' };

  it.each([
    [null, well],
    ['mount-missing', { ...well, exists: false, code: 'ENOENT' }],
    ['mount-not-listable', denied],
    ['nfs-root-squash', { ...denied, filesystem: 'nfs4' }],
    ['nfs-stale', { ...denied, code: 'ESTALE' }],
    ['disk-errors', { ...denied, code: 'EIO' }],
    ['mount-gone', { ...denied, code: 'ENOTCONN' }],
    ['mount-empty', { ...well, empty: true }],
  ])('%s', (id, probe) => {
    expect(judge(mount, probe)?.id ?? null).toBe(id);
  });

  it('a mount that was never scanned may be empty', () => {
    expect(judge({ ...mount, publishedEntries: null }, { ...well, empty: true })).toBeNull();
  });

  it.each([
    [[], { samples: 100, p50Ms: 0.1, p95Ms: 12, maxMs: 300 }, 'ext4'],
    [[], { samples: 2, p50Ms: 90, p95Ms: 90, maxMs: 90 }, 'ext4'],
    // One disk that had to wake up; all of them.
    [[], { samples: 20, p50Ms: 0.1, p95Ms: 9_000, maxMs: 9_000 }, 'ext4'],
    [['mount-slow'], { samples: 20, p50Ms: 60, p95Ms: 90, maxMs: 90 }, 'ext4'],
    [['mount-slow'], { samples: 100, p50Ms: 9, p95Ms: 90, maxMs: 300 }, 'ext4'],
    [['mount-slow', 'fuse-path'], { samples: 100, p50Ms: 9, p95Ms: 90, maxMs: 300 }, 'fuse.shfs'],
  ])('speed: %j', (ids, lstat, filesystem) => {
    expect(judgeSpeed(mount, { ...well, lstat, filesystem }).map(({ id }) => id)).toEqual(ids);
  });
});

it('big is not stuck: only a call that lasts is', () => {
  const scan = { alive: true, silentMs: 0, snapshot: { mountName: 'M', running: [] as unknown } } as Parameters<
    typeof judgeChunk
  >[0];
  const chunk = {
    chunkId: 1,
    label: 'Inbox',
    path: null,
    syscall: 'lstat',
    startedAtMs: 0,
    entries: 5_000_000,
    waitingMs: 0,
    large: { path: 'Inbox', names: 4_900_000, sinceMs: 600_000 },
    lastProgressAtMs: 3_599_000,
  } as Parameters<typeof judgeChunk>[1];
  const at = 3_600_000;
  expect(judgeChunk(scan, chunk, at)?.id).toBe('directory-big');
  expect(judgeChunk(scan, { ...chunk, waitingMs: 1_200_000 }, at)?.id).toBe('directory-stuck');
  expect(judgeChunk(scan, { ...chunk, large: null }, at)).toBeNull();
  // Its program was silent, not the directory.
  expect(judgeChunk({ ...scan, silentMs: 1_200_000 }, { ...chunk, large: null }, at)).toBeNull();
  expect(judgeChunk(scan, { ...chunk, large: { path: 'Inbox', names: 200_000, sinceMs: 9_000 } }, at)).toBeNull();
});

describe('the support bundle', () => {
  const SECRETS = [
    'hunter2-in-a-line',
    'ghp_0123456789abcdefghijklmnopqrstuv',
    'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcdefgh',
    'bob-the-builder',
    'tower-of-bob',
    'bob@example.org',
    '192.168.178.23',
    'fe80::1ff',
  ];

  async function bundleOf(ward: Ward, ...more: string[]): Promise<{ out: string; files: Map<string, string> }> {
    const path = join(ward.dir, 'out.zip');
    const { out, status, err } = await cli(['debug', '--data-dir', ward.data, '--bundle', path, ...more]);
    expect(err).toBe('');
    expect(status).toBe(0);
    const zipped = unzipSync(readFileSync(path));
    return { out, files: new Map(Object.entries(zipped).map(([name, bytes]) => [name, strFromU8(bytes)])) };
  }

  async function planted(): Promise<Ward> {
    const ward = new Ward();
    await ward.withGaps('EACCES', 'opendir');
    const logPath = ward.log([
      `ERROR - Failed directory group-0/Tax return 2019: opendir EACCES`,
      `ERROR - CONTAINER LOG chunk 1: password=${SECRETS[0] ?? ''} token: ${SECRETS[1] ?? ''}`,
      `ERROR - INSPECT chunk 1: {"Env":["API_KEY=${SECRETS[0] ?? ''}"],"X-Registry-Auth":"${SECRETS[3] ?? ''}"}`,
      `ERROR - -----BEGIN PRIVATE KEY----- ${SECRETS[2] ?? ''} -----END PRIVATE KEY-----`,
      `INFO - SMART SCAN of ${ward.tree} as "Tree" starts: scan x by ${SECRETS[4] ?? ''}@${SECRETS[5] ?? ''}`,
      `ERROR - CFG={\\"password\\":\\"${SECRETS[0] ?? ''}\\"} --password ${SECRETS[0] ?? ''} username=${SECRETS[4] ?? ''} at fe80::1ff:fe23:4567:890a`,
      'ERROR - open /mnt/user/Letters to the tax office/2019: it failed',
      `ERROR - tcp://bob-the-builder:${SECRETS[0] ?? ''}@192.168.178.23:2375 did not answer ${SECRETS[6] ?? ''} on ${hostname()}`,
    ]);
    ward.change((db) => {
      db.prepare(`UPDATE scans SET settings = json_set(settings, '$.excludes', json('["/Private"]'))`).run();
      db.prepare('UPDATE scans SET owner = ?, log_path = ?').run(`${SECRETS[4] ?? ''}@${SECRETS[5] ?? ''}`, logPath);
    });
    return ward;
  }

  it('holds logs, certificate, plan and versions, as it lists them before, and none of the secrets that were planted', async () => {
    const { out, files } = await bundleOf(await planted());
    for (const name of files.keys()) expect(out.slice(0, out.indexOf('Saved: '))).toContain(name);
    expect([...files.keys()].sort()).toEqual([
      'catalog.json',
      'certificate.json',
      'docker.json',
      'findings.json',
      'logs/smart_scan_20260131_180509.log',
      'plan.json',
      'versions.json',
    ]);
    const all = [...files.values()].join('\n');
    for (const secret of [...SECRETS, hostname()]) expect(all.toLowerCase()).not.toContain(secret.toLowerCase());
    const home = homedir().split('/').at(-1) ?? '';
    if (home !== 'root' && home.length > 1) expect(all).not.toContain(`/${home}/`);
    expect(all).toContain('Tax return 2019');
    expect(JSON.parse(files.get('findings.json') ?? '')).toMatchObject({ findings: [{ id: 'gaps-permission' }] });
  });

  it('does not tell which host could not be reached', async () => {
    const { files } = await bundleOf(new Ward(), '--host', 'ssh://bob-the-builder@tower-of-bob.invalid');
    const all = [...files.values()].join('\n');
    expect(all).toContain('HOST_NAME');
    expect(all).not.toMatch(/bob|tower/u);
  });

  it('hides the names of directories, too, when asked', async () => {
    const { files } = await bundleOf(await planted(), '--hash-paths');
    const all = [...files.values()].join('\n');
    expect(all).not.toContain('Tax return');
    expect(all).not.toContain('group-0');
    expect(all).not.toMatch(/Letters|tax office|Private/u);
    expect(all).toContain('opendir');
  });

  it('that can not be written leaves nothing behind', async () => {
    const ward = new Ward();
    const before = readdirSync(ward.dir);
    const path = join(ward.dir, 'nowhere', 'out.zip');
    const { err, status } = await cli(['debug', '--data-dir', ward.data, '--bundle', path]);
    expect(err).toContain("can't be written");
    expect(status).toBe(3);
    expect(readdirSync(ward.dir)).toEqual(before);
  });

  it('writes over no file but a zip, and leaves nothing behind where its name is taken', async () => {
    const dir = temporaryDirectory();
    const [diary, zip, directory] = ['diary.txt', 'old.zip', 'sub'].map((name) => join(dir, name)) as [
      string,
      string,
      string,
    ];
    const files = [{ name: 'a.json', what: 'a', text: '{}' }];
    writeFileSync(diary, 'Dear diary');
    mkdirSync(directory);
    await expect(saveBundle(diary, files)).rejects.toThrow('is there already and is no zip');
    await expect(saveBundle(directory, files)).rejects.toThrow('is there already and is no zip');
    await saveBundle(zip, files);
    await saveBundle(zip, files);
    expect(readFileSync(diary, 'utf8')).toBe('Dear diary');
    expect(readdirSync(dir).sort()).toEqual(['diary.txt', 'old.zip', 'sub']);
    // The name fits, that of its draft does not.
    await expect(saveBundle(join(dir, `${'x'.repeat(250)}.zip`), files)).rejects.toThrow("can't be written");
    expect(readdirSync(dir)).toHaveLength(3);
  });
});
