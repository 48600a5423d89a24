import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import Docker, { type Container, type ContainerCreateOptions } from 'dockerode';
import { expect, it } from 'vitest';
import { findSpoolPlace, type SpoolPlace } from '../engine/runtime/docker/spool.ts';
import { describeWithDocker } from './docker.ts';
import { temporaryDirectory } from './support/temporary.ts';

describeWithDocker('where spools lie', ({ address, baseImage }) => {
  const ours = join(temporaryDirectory(), 'spool');

  /** Where, after how many looks; none of its containers may be left. */
  async function found(
    hostRoot: string,
    afterCreate?: (container: Container, looks: number) => Promise<void>,
  ): Promise<{ readonly place: SpoolPlace; readonly looks: number }> {
    const docker = new Docker({ socketPath: address.replace(/^unix:\/\//, ''), host: undefined, protocol: 'http' });
    const made: Container[] = [];
    const create = docker.createContainer.bind(docker) as (options: ContainerCreateOptions) => Promise<Container>;
    Object.assign(docker, {
      createContainer: async (options: ContainerCreateOptions) => {
        const container = await create(options);
        made.push(container);
        await afterCreate?.(container, made.length);
        return container;
      },
    });
    const place = await findSpoolPlace(docker, (await docker.getImage(baseImage).inspect()).Id, ours, hostRoot);
    for (const container of made) await expect(container.inspect()).rejects.toMatchObject({ statusCode: 404 });
    expect(readdirSync(ours)).toEqual([]);
    return { place, looks: made.length };
  }

  it('is a directory of ours if the daemon sees what we write there, else volumes', async () => {
    const directory = { kind: 'directory', localRoot: ours, hostRoot: ours };
    expect(await found(ours)).toEqual({ place: directory, looks: 1 });
    expect(await found(temporaryDirectory())).toEqual({ place: { kind: 'volume' }, looks: 1 });
    expect(await found(join(ours, 'not there'))).toMatchObject({ place: { kind: 'volume' } });
  });

  it('is looked for once more when somebody takes away the container that looks', async () => {
    const taken = await found(ours, async (container, looks) => {
      if (looks === 1) await container.remove({ force: true });
    });
    expect(taken).toMatchObject({ place: { kind: 'directory' }, looks: 2 });
  });
});
