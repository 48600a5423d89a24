import { expect, it } from 'vitest';
import { SmartScannerError } from '../../shared/errors.ts';
import { parseEndpoint } from '../connection/endpoint.ts';
import { pickRuntime, type RuntimeSources } from './pick.ts';
import type { DockerHost, Runtime, RuntimeInfo } from './runtime.ts';

async function sentenceAfter(error: Error): Promise<string> {
  const local = { connect: () => Promise.resolve({} as RuntimeInfo) } as unknown as Runtime;
  const daemon = { connect: () => Promise.reject(error), close: () => Promise.resolve() } as unknown as DockerHost;
  const sources: RuntimeSources = {
    process: () => local,
    endpoint: () => Promise.resolve({ endpoint: parseEndpoint('unix:///run/docker.sock'), isAsked: false, name: null }),
    docker: () => Promise.resolve(daemon),
  };
  const pick = await pickRuntime('auto', sources, new AbortController().signal);
  expect(pick.runtime).toBe(local);
  return pick.sentence;
}

function unreachable(code: string): SmartScannerError {
  const cause = Object.assign(new Error(`connect ${code} /run/docker.sock`), { errno: -1, code });
  return new SmartScannerError('DOCKER_UNREACHABLE', `No Docker daemon answers (${cause.message}).`, { cause });
}

it.each([
  ['EACCES', 'The Docker socket unix:///run/docker.sock may not be used (EACCES; group "docker")'],
  ['ENOENT', 'No Docker daemon at unix:///run/docker.sock'],
  ['ECONNREFUSED', 'No Docker daemon at unix:///run/docker.sock'],
  ['ETIMEDOUT', 'No Docker daemon answers (connect ETIMEDOUT /run/docker.sock)'],
])('auto after %s names the real cause', async (code, why) => {
  expect(await sentenceAfter(unreachable(code))).toBe(`${why}: using the embedded process runtime.`);
});

it('auto does not call a daemon missing that is only too old', async () => {
  const old = new SmartScannerError('DOCKER_API', 'This Docker speaks API 1.30; 1.41 is needed.');
  expect(await sentenceAfter(old)).toBe(
    'This Docker speaks API 1.30; 1.41 is needed: using the embedded process runtime.',
  );
});
