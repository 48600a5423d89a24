import Docker from 'dockerode';
import { afterAll, expect, it } from 'vitest';
import { describeWithDocker } from './docker.ts';

describeWithDocker('the engine for tests', ({ address, baseImage }) => {
  // Without these two DOCKER_HOST beats the socket that is asked for.
  const docker = new Docker({ socketPath: address.replace(/^unix:\/\//, ''), host: undefined, protocol: 'http' });
  const made: Docker.Container[] = [];

  afterAll(async () => {
    await Promise.all(made.map((container) => container.remove({ force: true })));
  });

  it('runs the project’s own Node in containers of the base image', async () => {
    const container = await docker.createContainer({
      Image: baseImage,
      // A shell, as RUN lines of a Dockerfile need, and node by its name alone.
      Cmd: ['sh', '-c', 'node -e "process.exit(process.version === process.argv[1] ? 42 : 1)" "$0"', process.version],
      HostConfig: { NetworkMode: 'none' },
    });
    made.push(container);
    await container.start();
    const ended = (await container.wait()) as { StatusCode: number };
    expect(ended.StatusCode).toBe(42);
  });
});
