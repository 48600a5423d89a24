import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Diagnosis } from '../shared/diagnosis.ts';
import type { ScanSettings } from '../shared/settings.ts';
import type { ScanSnapshot } from '../shared/snapshot.ts';
import { makePlainTree } from './fixtures/plain-tree.ts';
import { catalogValue } from './support/catalog-rows.ts';
import { cli, startCli, type CliOptions, type CliResult, type RunningCli } from './support/cli.ts';
import { Ward } from './support/doctor.ts';
import { describeWithFuse, mountFuse } from './support/fuse.ts';
import { temporaryDirectory } from './support/temporary.ts';
import { tuned } from './support/tuned.ts';

/** Longer than anything here takes; what hangs is a failure that says where. */
const WAIT_MS = 120_000;
const HERE = ['--runtime', 'process'];

/** A scan by a program of its own, which ends with the test whatever becomes of that. */
function start(ward: Ward, path: string, ...more: string[]): RunningCli {
  const running = startCli(['scan', path, 'Tree', '--data-dir', ward.data, ...HERE, ...more], { deadlineMs: WAIT_MS });
  onTestFinished(async () => {
    running.child.kill('SIGKILL');
    await running.done;
  });
  return running;
}

function scan(ward: Ward, path: string, ...more: string[]): Promise<CliResult> {
  return start(ward, path, ...more).done;
}

/** `debug --fix`, as it is typed. */
function pressing(ward: Ward, fix: string, options: CliOptions = {}, more: readonly string[] = []): RunningCli {
  const running = startCli(['debug', '--data-dir', ward.data, '--fix', fix, ...more], {
    ...options,
    deadlineMs: WAIT_MS,
  });
  onTestFinished(async () => {
    running.child.kill('SIGKILL');
    await running.done;
  });
  return running;
}

async function expectPressed(running: RunningCli, said: string, status: 0 | 1 | 3): Promise<void> {
  const result = await running.done;
  expect(result.out + result.err).toContain(said);
  expect(result.status).toBe(status);
}

async function idsOf(ward: Ward): Promise<string[]> {
  return (await ward.examine()).findings.map(({ id }) => id);
}

async function fixesOf(ward: Ward): Promise<string[]> {
  return (await ward.examine()).findings.flatMap(({ fixes }) => fixes).map(({ id }) => id);
}

const settingsOf = (ward: Ward): ScanSettings =>
  JSON.parse(String(catalogValue(ward.data, 'SELECT settings FROM scans ORDER BY num DESC LIMIT 1'))) as ScanSettings;

/** What a running scan says of itself. */
function liveText(ward: Ward): string {
  const dir = join(ward.data, 'live');
  const [name] = readdirSync(dir).filter((one) => one.endsWith('.json'));
  return name === undefined ? '' : readFileSync(join(dir, name), 'utf8');
}

function waitingMs(ward: Ward): number {
  const { running = [] } = JSON.parse(liveText(ward) || '{}') as Partial<ScanSnapshot>;
  return Math.max(0, ...running.map((chunk) => chunk.waitingMs));
}

function largeMs(ward: Ward): number {
  const { running = [] } = JSON.parse(liveText(ward) || '{}') as Partial<ScanSnapshot>;
  return Math.max(0, ...running.map(({ large }) => large?.sinceMs ?? 0));
}

function liveFiles(ward: Ward): number {
  return (JSON.parse(liveText(ward) || '{}') as Partial<ScanSnapshot>).files ?? 0;
}

const WAIT = { timeout: WAIT_MS, interval: 500 };
const CHECK = 'mdResyncAction="check P"\nmdResync="1000"\nmdResyncPos="420"\nmdResyncDt="60"\n';
const NOTHING_MISSING = 'Fixed: the scan ended and nothing is missing';

describe('pressed on the command line', () => {
  it('looking again helps nothing by itself, and says so; what was put right meanwhile is not found any more', async () => {
    const ward = new Ward();
    await ward.scanned();
    renameSync(ward.tree, `${ward.tree}-away`);
    await expectPressed(pressing(ward, 'look-again'), 'Still so: A mount point is gone.', 1);
    const look = pressing(ward, 'look-again');
    await look.said('Look again:');
    renameSync(`${ward.tree}-away`, ward.tree);
    await expectPressed(look, 'Fixed: it is not found any more.', 0);
    await expectPressed(pressing(ward, 'look-again'), 'Fixed: it is not found any more.', 0);
  });

  it('what was found is taken for the inventory, although it is much less, and that once only', async () => {
    const ward = new Ward();
    await scan(ward, ward.tree, '--stall-timeout', '5');
    renameSync(join(ward.tree, 'group-0'), join(ward.dir, 'group-0'));
    for (let dir = 10; dir < 18; dir += 1)
      renameSync(join(ward.tree, 'group-1', `dir-${dir}`), join(ward.dir, `dir-${dir}`));
    await scan(ward, ward.tree, '--stall-timeout', '5');
    expect(await idsOf(ward)).toEqual(['scan-not-published', 'stall-timeout-short']);
    await expectPressed(pressing(ward, 'publish:Tree'), NOTHING_MISSING, 0);
    const published = 'SELECT s.files FROM mounts m JOIN scans s ON s.num = m.published_scan';
    expect(catalogValue(ward.data, published)).toBe(20);
    // The next scan is for something else: an empty mount point is no inventory to it.
    rmSync(ward.tree, { recursive: true });
    mkdirSync(ward.tree);
    await expectPressed(pressing(ward, 'stall-timeout-short:Tree'), 'is empty now, but its inventory has', 3);
    expect(catalogValue(ward.data, published)).toBe(20);
  });

  it('settings that stand in the way are put back to what is usual, each by its own', async () => {
    const ward = new Ward();
    await scan(ward, ward.tree, '--stall-timeout', '5', '--analysis-timeout', '4');
    expect((await idsOf(ward)).sort()).toEqual(['analysis-timeout-short', 'stall-timeout-short']);
    await expectPressed(pressing(ward, 'stall-timeout-short:Tree'), NOTHING_MISSING, 0);
    expect(await idsOf(ward)).toEqual(['analysis-timeout-short']);
    await expectPressed(pressing(ward, 'analysis-timeout-short:Tree'), NOTHING_MISSING, 0);
    expect(await idsOf(ward)).toEqual([]);
  });

  it('hours that are few are left out', async () => {
    const ward = new Ward();
    expect((await scan(ward, ward.tree, '--window', aroundNow())).status).toBe(0);
    const found = await ward.examine();
    expect(found.findings.map(({ id, seen }) => [id, seen])).toEqual([
      ['window-narrow', 'It may run for 30 minutes a day.'],
    ]);
    expect(found.status).toBe(0);
    await expectPressed(pressing(ward, 'window-narrow:Tree'), NOTHING_MISSING, 0);
    expect(settingsOf(ward).window).toBeNull();
    expect(await idsOf(ward)).toEqual([]);
  });
});

/** Half an hour, of which a part is over. */
function aroundNow(): string {
  const clock = (minutes: number): string => {
    const at = new Date(Date.now() + minutes * 60_000);
    return `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`;
  };
  return `${clock(-10)}-${clock(20)}`;
}

describeWithFuse('pressed on the command line, of a scan that is slower than the one before', () => {
  const FILES = 52_000;
  const HOUR_MS = 3_600_000;
  /** A minute and a bit: over eight hundred files a second, which counts as the pace from before. */
  const BRISK_MS = 62_000;
  const tree = join(temporaryDirectory(), 'tree');

  beforeAll(() => void makePlainTree(tree, FILES / 1_000, 1_000));

  /** On a real disk, below what holds the scan up: so many files are not read through the test file system. */
  function bindTree(at: string): void {
    execFileSync('mount', ['--bind', tree, at], { stdio: 'pipe' });
    onTestFinished(() => void execFileSync('umount', ['-l', at], { stdio: 'pipe' }));
  }

  it.each([
    ['is as fast as before then', BRISK_MS, NOTHING_MISSING, 0],
    ['is still slow, which does not pass for mended', HOUR_MS, "That wasn't it: the scan ended and nothing is", 1],
  ] as const)('it is let take more of the host, and %s', async (_what, tookMs, said, status) => {
    const ward = new Ward();
    expect((await scan(ward, tree)).status).toBe(0);
    // What never answers is met late: it must not count as stuck before it was looked at.
    const late = { opendir: 8_000, directories: { gate: { opendir: 'hung', directories: { then: {} } } } } as const;
    const mount = await mountFuse({ directories: { first: {}, late } });
    bindTree(join(mount.path, 'first'));
    bindTree(join(mount.path, 'late', 'gate', 'then'));
    ward.change((db) => {
      db.prepare('UPDATE mounts SET path = ?').run(mount.path);
      const back = 2 * HOUR_MS;
      db.prepare('UPDATE scans SET started = finished - ?, finished = finished - ?').run(back + BRISK_MS, back);
    });
    const running = start(ward, mount.path, '--cross-filesystems', '--fast-start');
    await expect.poll(() => liveFiles(ward), WAIT).toBeGreaterThanOrEqual(FILES);
    await mount.blocked();
    ward.change((db) => db.prepare("UPDATE scans SET started = started - ? WHERE state = 'open'").run(HOUR_MS));
    const found = await ward.examine();
    expect(found.findings.map(({ id }) => id)).toContain('scan-slower');
    expect(found.status).toBe(0);

    const faster = pressing(ward, 'faster:Tree');
    await faster.said('It runs');
    expect((await running.done).status).toBe(130);
    await expect.poll(() => settingsOf(ward).load, WAIT).toBe('fast');
    ward.change((db) => db.prepare("UPDATE scans SET went_on = went_on - ? WHERE state = 'open'").run(tookMs));
    mount.cure();
    await expectPressed(faster, said, status);
    const after = await ward.examine();
    expect(after.findings.filter(({ id }) => id === 'scan-slower')).toHaveLength(status);
    expect(after.status).toBe(0);
  });
});

describeWithFuse('pressed on the command line, of disks that misbehave', () => {
  it('a scan that somebody paused goes on', async () => {
    const ward = new Ward();
    const mount = await mountFuse({ directories: { good: { files: 5 }, slow: { files: 3, opendir: 'hung' } } });
    const running = start(ward, mount.path, '--fast-start');
    await mount.blocked();
    await cli(['pause', '--data-dir', ward.data]);
    expect(await idsOf(ward)).toEqual(['scan-paused']);
    mount.cure();
    await expectPressed(pressing(ward, 'unpause:Tree'), 'Fixed: the scan goes on.', 0);
    expect((await running.done).status).toBe(0);
  });

  it('what can not be read is tried in vain, then left out', async () => {
    const ward = new Ward();
    const mount = await mountFuse({
      directories: { good: { files: 5 }, bad: { files: 3, readdir: 'EIO' }, worse: { files: 3, opendir: 'EIO' } },
    });
    expect((await scan(ward, mount.path)).status).toBe(2);
    const found = await ward.examine();
    expect(found.findings.map(({ id }) => id)).toEqual(['disk-errors']);
    // A newer scan of another mount, which is well, says nothing of it.
    const older = ['--scan', String(catalogValue(ward.data, 'SELECT id FROM scans'))];
    await cli(['scan', ward.tree, 'Other', '--data-dir', ward.data, ...HERE]);
    await expectPressed(
      pressing(ward, 'retry-failed:Tree', {}, older),
      "That wasn't it: the scan ended, but 2 places are missing: ",
      1,
    );
    const exclude = found.findings[0]?.fixes.find(({ id }) => id.startsWith('exclude-'))?.id ?? '';
    await expectPressed(pressing(ward, exclude, {}, older), `${NOTHING_MISSING} but what is excluded`, 0);
    expect(settingsOf(ward).excludes.sort()).toEqual(['/bad', '/worse']);
    expect(await idsOf(ward)).toEqual([]);
  });

  it('what was set aside is tried once more', async () => {
    const ward = new Ward();
    const mount = await mountFuse({ directories: { good: { files: 5 }, never: { files: 3, opendir: 'hung' } } });
    expect((await scan(ward, mount.path, '--stall-timeout', '1')).status).toBe(2);
    expect((await idsOf(ward))[0]).toBe('directory-stalls');
    mount.cure();
    await expectPressed(pressing(ward, 'retry-set-aside:Tree'), NOTHING_MISSING, 0);
  });

  it('less is asked of a slow disk, by the scan that runs', async () => {
    const ward = new Ward();
    const lookups = Object.fromEntries(Array.from({ length: 20 }, (_none, index) => [`file-${index}`, 60]));
    const mount = await mountFuse({ files: 20, lookups, directories: { never: { files: 3, opendir: 'hung' } } });
    const running = start(ward, mount.path);
    await mount.blocked();
    expect(await fixesOf(ward)).toContain('gentle:Tree');
    const gentle = pressing(ward, 'gentle:Tree');
    await gentle.said('It runs');
    mount.cure();
    await expectPressed(gentle, NOTHING_MISSING, 0);
    expect((await running.done).status).toBe(130);
    expect(readFileSync(String(catalogValue(ward.data, 'SELECT log_path FROM scans')), 'utf8')).toContain(
      'load gentle',
    );
  });

  it('a folder that never answers is left out of the scan that runs; another makes way for a parity check', async () => {
    const [stuck, other] = [new Ward(), new Ward()];
    const tree = { directories: { good: { files: 5 }, never: { files: 3, opendir: 'hung' as const } } };
    const mount = await mountFuse(tree);
    const running = start(stuck, mount.path, '--fast-start');
    await mount.blocked();

    const neighbours = { parity: join(other.dir, 'var.ini'), mover: join(other.dir, 'mover.pid') };
    writeFileSync(neighbours.parity, CHECK);
    const unraid = tuned({ neighbours });
    const yields = start(other, mount.path, '--fast-start', '--max-containers', '1');
    await mount.blocked(2);
    const making = pressing(other, 'yield:Tree', unraid);
    await making.said('It runs');
    expect((await yields.done).status).toBe(130);
    await expect.poll(() => liveText(other), WAIT).toContain('a parity check runs (check P, 42 %)');
    writeFileSync(neighbours.mover, String(process.pid));
    const { findings } = JSON.parse(
      (await cli(['debug', '--data-dir', other.data, '--json'], unraid)).out,
    ) as Diagnosis;
    expect(findings.map(({ id }) => id).sort()).toEqual(['mover-running', 'parity-running', 'scan-paused']);
    rmSync(neighbours.mover);

    // A disk may have to wake up: so long it is none.
    await expect.poll(() => waitingMs(stuck), WAIT).toBeGreaterThan(31_000);
    const found = await stuck.examine();
    expect(found.findings.map(({ id }) => id)).toEqual(['directory-stuck']);
    const fix = found.findings[0]?.fixes[0]?.id ?? '';
    await expectPressed(pressing(stuck, 'keep-waiting'), 'Still so: A call has not returned for long.', 1);
    await expectPressed(pressing(stuck, fix), 'is given up, the others go on.', 0);
    expect((await running.done).status).toBe(2);

    mount.cure();
    await expectPressed(pressing(other, 'yield-to-none:Tree', unraid), NOTHING_MISSING, 0);
    expect((await making.done).status).toBe(1);
    await expectPressed(pressing(stuck, 'retry-failed:Tree'), NOTHING_MISSING, 0);
  }, 180_000);

  it('a folder of very many entries is big, not stuck: waiting changes nothing, and it can be left out', async () => {
    const ward = new Ward();
    const inbox = { endless: true, namesPerRead: 1000, readdir: 150 };
    const mount = await mountFuse({ directories: { good: { files: 5 }, Inbox: inbox } });
    const running = start(ward, mount.path, '--fast-start');
    // 100,000 names and half a minute.
    await expect.poll(() => largeMs(ward), WAIT).toBeGreaterThan(31_000);
    const found = await ward.examine();
    const big = found.findings.find(({ id }) => id === 'directory-big');
    expect(big?.seen).toMatch(/^`Inbox` of Tree holds \d{3},\d{3} entries so far, [\d,]+ a second, last progress/u);
    expect(found.findings.filter(({ severity }) => severity === 'problem')).toEqual([]);
    await expectPressed(pressing(ward, 'keep-waiting'), 'Still so: Big, not stuck.', 1);
    await expectPressed(pressing(ward, big?.fixes[1]?.id ?? ''), 'is given up, the others go on.', 0);
    expect((await running.done).status).toBe(2);
  }, 180_000);
});
