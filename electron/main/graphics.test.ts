import { expect, it } from 'vitest';
import { lacksGraphicsCard } from './graphics.ts';

it.each([
  ['linux', [], true],
  ['linux', ['/dev/dri'], false],
  ['linux', ['/dev/nvidiactl', '/dev/null'], false],
  ['linux', ['/dev/dxg'], false],
  ['darwin', [], false],
  ['win32', [], false],
])('on %s with %j there is no graphics card: %s', (platform, there, lacks) => {
  expect(lacksGraphicsCard(platform, (path) => there.includes(path))).toBe(lacks);
});
