import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import Docker from 'dockerode';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ListingReport, PlacesReport } from '../shared/places.ts';
import { BASE_IMAGE, describeWithDocker } from './docker.ts';
import { cli, type CliResult } from './support/cli.ts';
import { describeWithFuse } from './support/fuse.ts';
import { temporaryDirectory } from './support/temporary.ts';

const START_MS = 60_000;

describeWithFuse('an Unraid', () => {
  describeWithDocker('as its Docker shows it', () => {
    const dir = temporaryDirectory();
    let machine: ChildProcess | null = null;
    let address = '';

    beforeAll(async () => {
      const script = join(import.meta.dirname, 'fixtures', 'pretended-unraid.ts');
      machine = spawn(
        'unshare',
        ['--mount', '--pid', '--fork', '--mount-proc', process.execPath, script, join(dir, 'engine')],
        {
          stdio: ['pipe', 'pipe', 'inherit'],
        },
      );
      if (machine.stdout === null) throw new Error('no output');
      const [line] = (await once(createInterface({ input: machine.stdout }), 'line', {
        signal: AbortSignal.timeout(START_MS),
      })) as [string];
      address = line.replace(/^DOCKER_HOST=/, '');
      await promisify(execFile)(join(import.meta.dirname, '..', 'scripts', 'test-base-image.sh'), [BASE_IMAGE], {
        env: { ...process.env, DOCKER_HOST: address },
      });
    }, 120_000);
    afterAll(async () => {
      machine?.stdin?.end();
      if (machine !== null) await once(machine, 'close');
    });

    const run = (...args: string[]): Promise<CliResult> =>
      cli([...args, '--host', address, '--data-dir', join(dir, 'data')], {
        env: { SMART_SCANNER_BASE_IMAGE: BASE_IMAGE },
      });

    const docker = (): Docker =>
      new Docker({ socketPath: address.replace(/^unix:\/\//, ''), host: undefined, protocol: 'http' });

    it('an image is carried to it by a file; a file that is no image is refused', async () => {
      const file = join(dir, 'image.tar.gz');
      expect((await run('image', 'status')).out).toContain('missing');
      await run('image', 'prepare');
      // Another version takes its name.
      const container = await docker().createContainer({ Image: BASE_IMAGE });
      const changes = 'LABEL io.smart-scanner.content=another';
      await container.commit({ repo: 'smart-scanner', tag: 'latest', changes });
      await container.remove();
      expect(await run('image', 'export', file)).toMatchObject({ status: 0 });
      expect(statSync(file).size).toBeGreaterThan(1e6);
      // From now on as on a NAS that never had it.
      const ours = await docker().listImages({ filters: { label: ['io.smart-scanner.content'] } });
      for (const { Id } of ours) await docker().getImage(Id).remove({ force: true });
      expect((await run('image', 'status')).out).toContain('missing');
      const loaded = await run('image', 'load', file);
      expect(loaded.out).toContain('ready: carries exactly this program');
      expect(loaded.err).toMatch(/Sent \d/);
      writeFileSync(join(dir, 'no-image'), 'x'.repeat(2000));
      const refused = await run('image', 'load', join(dir, 'no-image'));
      expect(refused.err).toContain('Error IMAGE_FILE: ');
      expect(refused.status).toBe(3);
    });

    it('shows its shares, disks and pools: what is FUSE, whose free space it is, and which share is a link to a pool', async () => {
      const report = JSON.parse((await run('shares', '--json')).out) as PlacesReport;
      expect(report.system).toBe('unraid');
      const seen = report.places.map(({ path, kind, target, isFuse, space }) => [
        path,
        kind,
        target,
        isFuse,
        space?.of,
      ]);
      expect(seen).toEqual([
        ['/mnt/user/Fast', 'share', '/mnt/cache/Fast', false, 'pool'],
        ['/mnt/user/isos', 'share', null, true, 'array'],
        ['/mnt/user/Videos', 'share', null, true, 'array'],
        ['/mnt/disk1', 'disk', null, false, 'disk'],
        ['/mnt/disk2', 'disk', null, false, 'disk'],
        ['/mnt/cache', 'pool', null, false, 'pool'],
      ]);
      expect(report.places.every(({ known, problem }) => known === null && problem === null)).toBe(true);
    });

    it('a share that is a link is scanned where it lies, and its size is shown from then on, dated', async () => {
      const scan = await run('scan', '/mnt/user/Fast', 'Fast', '--measure');
      expect(scan.status).toBe(0);
      expect(scan.out).toContain('PREFLIGHT /mnt/user/Fast is a link on its host: workers are shown /mnt/cache/Fast');
      const { places } = JSON.parse((await run('shares', '--json')).out) as PlacesReport;
      expect(places[0]?.known).toMatchObject({ mountName: 'Fast', files: 3, apparentBytes: '300' });
      const listing = JSON.parse((await run('ls', '/mnt/user/Fast', '--json')).out) as ListingReport;
      expect(listing).toMatchObject({ target: '/mnt/cache/Fast', isFuse: false, known: { files: 3 } });
      expect(listing.entries.map(({ name, bytes, known }) => [name, bytes, known?.files])).toEqual([
        ['deep', null, 1],
        ['a', 100, undefined],
        ['b', 100, undefined],
      ]);
    });

    it('what can not be listed is said to be so, with exit 3', async () => {
      const said = await run('ls', '/mnt/user/nothing');
      expect(said.err).toContain('Error MOUNT_NOT_LISTABLE: /mnt/user/nothing');
      expect(said.status).toBe(3);
    });
  });
});
