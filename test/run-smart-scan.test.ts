import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { expect, it, onTestFinished } from 'vitest';
import { describeWithDocker } from './docker.ts';
import { temporaryDirectory } from './support/temporary.ts';

const ROOT = join(import.meta.dirname, '..');

describeWithDocker('run_smart_scan.sh', ({ address, baseImage }) => {
  it('runs the whole command line from a container', () => {
    const docker = new Docker({ socketPath: address.replace(/^unix:\/\//, ''), host: undefined, protocol: 'http' });
    const image = `smart-scanner-test-image:nas-${process.pid}`;
    onTestFinished(async () => {
      await docker
        .getImage(image)
        .remove({ force: true })
        .catch(() => undefined);
    });
    const data = join(temporaryDirectory(), 'data dir');
    const run = (...args: string[]): string =>
      execFileSync(join(ROOT, 'run_smart_scan.sh'), args, {
        encoding: 'utf8',
        env: {
          ...process.env,
          DOCKER_HOST: address,
          SMART_SCANNER_BASE_IMAGE: baseImage,
          SMART_SCANNER_DATA_DIR: data,
          SMART_SCANNER_IMAGE: image,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    // So many in one directory that merging them sorts in a temporary file, which must find its place too.
    const large = join(temporaryDirectory(), 'large');
    mkdirSync(large);
    for (let index = 0; index < 60_000; index += 1)
      writeFileSync(join(large, `a file with a rather long name ${index}`), '');
    const said = run('scan', large, 'Nas');
    expect(said).toContain('COVERED');
    expect(said).toContain('one container per chunk');
    // Its spool was a directory of the host, found through the container's own mounts.
    expect(existsSync(join(data, 'smart_catalog.db'))).toBe(true);
    expect(run('stats', '--json')).toContain('"Nas"');
    expect(readdirSync(join(data, 'spool', 'docker'))).toEqual([]);
  });
});
