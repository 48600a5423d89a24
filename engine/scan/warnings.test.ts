import { expect, it } from 'vitest';
import { Warnings } from './warnings.ts';

it('a disk under 5 % is said once, and again only after it had room in between', () => {
  const warnings = new Warnings();
  expect(warnings.disk('catalog', 6, 100)).toBeNull();
  expect(warnings.disk('catalog', 4, 100)?.text).toMatch(/disk of the catalog is nearly full.*4 %/u);
  expect(warnings.disk('catalog', 3, 100)).toBeNull();
  expect(warnings.disk('catalog', 6, 100)).toBeNull();
  expect(warnings.disk('catalog', 4, 100)).toBeNull();
  expect(warnings.disk('spool', 4, 100)?.code).toBe('DISK_LOW');
  warnings.disk('catalog', 50, 100);
  expect(warnings.disk('catalog', 4, 100)).not.toBeNull();
});

it('memory near its limit is said of each worker', () => {
  const warnings = new Warnings();
  expect(warnings.memory(7, 89, 100)).toBeNull();
  expect(warnings.memory(7, 91, 100)).toMatchObject({ code: 'MEMORY_HIGH', chunkId: 7 });
  expect(warnings.memory(7, 95, 100)).toBeNull();
  expect(warnings.memory(8, 95, 100)).toMatchObject({ chunkId: 8 });
});

it('a rate of a tenth of the usual is said once there is something usual', () => {
  const warnings = new Warnings();
  expect(warnings.rate(1)).toBeNull();
  for (let index = 0; index < 10; index += 1) expect(warnings.rate(1000)).toBeNull();
  expect(warnings.rate(150)).toBeNull();
  expect(warnings.rate(90)?.text).toMatch(/90 files\/s instead of 1,000/u);
  expect(warnings.rate(90)).toBeNull();
  warnings.rate(900);
  expect(warnings.rate(90)).not.toBeNull();
});
