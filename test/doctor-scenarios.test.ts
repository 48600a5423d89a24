import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { Ward } from './support/doctor.ts';
import { healthy } from './support/doctor-healthy.ts';
import { engine, heldOut, open, undoAll, type Scenario } from './support/doctor-scenarios.ts';
import { canMount, smallDisk } from './support/small-disk.ts';

afterAll(undoAll);

const can = (needs: Scenario['needs']): boolean =>
  needs === undefined || (needs === 'docker' ? engine !== null : canMount());

describe.each([
  ['open', open],
  ['held out', heldOut],
])('%s scenarios: the top finding names the cause', (_name, scenarios) => {
  for (const { no, cause, needs, make } of scenarios) {
    it.skipIf(!can(needs))(`${no}: ${cause}`, async () => {
      const disk = needs === 'mount' ? smallDisk(4096) : null;
      const ward = new Ward(disk?.dir);
      try {
        const options = await make(ward);
        disk?.fill();
        const before = untouched(ward);
        const { findings, status } = await ward.examine(options);
        expect(findings.map(({ id }) => id)[0], JSON.stringify(findings, null, 2)).toBe(cause);
        expect(status).toBe(findings.some(({ severity }) => severity === 'problem') ? 1 : 0);
        expect(untouched(ward)).toEqual(before);
      } finally {
        disk?.unmount();
      }
    });
  }
});

describe('healthy: nothing is called a problem, nor worth knowing that is not', () => {
  for (const { no, told, make } of healthy) {
    it(no, async () => {
      const ward = new Ward();
      await make(ward);
      const { findings, status } = await ward.examine();
      expect(findings.map(({ id }) => id)).toEqual(told);
      expect(status).toBe(0);
    });
  }
});

/** The catalog's bytes, where nobody has it open. */
function untouched(ward: Ward): string | null {
  const names = readdirSync(ward.data);
  if (names.includes('smart_catalog.db-wal')) return null;
  return names.includes('smart_catalog.db') ? readFileSync(ward.catalogPath).toString('base64') : '';
}
