import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CONTENT_LABEL, VERSION_LABEL } from '../engine/runtime/docker/labels.ts';
import { describeWithDocker } from './docker.ts';
import { cli, type CliResult } from './support/cli.ts';
import { temporaryDirectory } from './support/temporary.ts';

const HERE = process.arch === 'arm64' ? 'arm64' : 'amd64';
const ELSEWHERE = HERE === 'arm64' ? 'amd64' : 'arm64';

describeWithDocker('a file of an image for a host', ({ address }) => {
  const dir = temporaryDirectory();
  const socket = join(dir, 'docker.sock');
  const content = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'dist', 'image-content.json'), 'utf8')) as {
    readonly hash: string;
  };
  let asked = '';
  let server: Server;

  beforeAll(async () => {
    // The real daemon, and all that it is asked.
    server = createServer((near) => {
      const far = connect(address.replace(/^unix:\/\//, ''));
      near.on('error', () => far.destroy());
      far.on('error', () => near.destroy());
      near.on('data', (data: Buffer) => (asked += data.toString('latin1')));
      near.pipe(far).pipe(near);
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
  });
  afterAll(() => {
    server.close();
  });

  /** What `docker save` writes, without its layers: only what is looked at before anything is sent. */
  const imageFile = (name: string, architecture: string, labels: Readonly<Record<string, string>> | null): string => {
    const files = join(dir, name);
    mkdirSync(files);
    writeFileSync(join(files, 'manifest.json'), JSON.stringify([{ Config: 'config.json', RepoTags: [], Layers: [] }]));
    writeFileSync(join(files, 'config.json'), JSON.stringify({ architecture, config: { Labels: labels } }));
    execFileSync('tar', ['-C', files, '-czf', `${files}.tar.gz`, 'manifest.json', 'config.json']);
    return `${files}.tar.gz`;
  };
  const load = async (file: string): Promise<CliResult> => {
    asked = '';
    return await cli(['image', 'load', file, '--host', `unix://${socket}`, '--data-dir', join(dir, 'data')]);
  };
  const ours = { [CONTENT_LABEL]: content.hash, [VERSION_LABEL]: '1.0.0' };

  it.each([
    [
      'other-version',
      HERE,
      { ...ours, [CONTENT_LABEL]: 'f00d'.repeat(16), [VERSION_LABEL]: '0.0.1' },
      /is of version 0\.0\.1 of this program \(content f00df00df00d, wanted is \w{12}\)\.\nExport it again/,
    ],
    ['other-content', HERE, { [CONTENT_LABEL]: 'f00d'.repeat(16) }, /is of another version of this program/],
    [
      'other-processor',
      ELSEWHERE,
      ours,
      new RegExp(`is for ${ELSEWHERE} processors, and this host has ${HERE}\\.\\nExport it on a host with ${HERE}`),
    ],
    ['somebody-elses', HERE, { 'org.example': 'x' }, /holds an image of somebody else/],
    ['without-labels', HERE, null, /holds an image of somebody else/],
  ] as const)('%s: refused with what is wrong, before anything is sent', async (name, architecture, labels, says) => {
    const { status, err } = await load(imageFile(name, architecture, labels));
    expect(err).toContain('Error IMAGE_FILE: ');
    expect(err).toMatch(says);
    expect(status).toBe(3);
    expect(asked).toContain('GET ');
    expect(asked).not.toContain('/images/load');
  });

  it('that fits is sent, and what the daemon says against it is told', async () => {
    const { status, err } = await load(imageFile('without-layers', HERE, ours));
    expect(asked).toContain('/images/load');
    expect(err).toContain('Error IMAGE_FILE: ');
    expect(status).toBe(3);
  });
});
