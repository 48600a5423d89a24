import { expect, it } from 'vitest';
import { sampleProcess } from './sample.ts';

it.runIf(process.platform === 'linux')(
  'says how much memory a process really holds, whatever the size of a page',
  async () => {
    const before = process.memoryUsage.rss();
    const sample = await sampleProcess(process.pid);
    expect(sample?.memoryBytes).toBeGreaterThan(before / 2);
    expect(sample?.memoryBytes).toBeLessThan(before * 2);
  },
);

it('says nothing of a process that is not there', async () => {
  expect(await sampleProcess(2 ** 30)).toBeNull();
});
