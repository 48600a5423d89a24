import { expect } from 'vitest';
import type { CliResult } from './cli.ts';

/** What `hosts test` says of a host that is out of reach: one step failed, by this code; one sentence, one next step, exit 3, no secret. */
export function expectRow({ status, out, err }: CliResult, code: string, says: RegExp): void {
  const failed = out.split('\n').filter((line) => line.includes(' FAILED '));
  expect({ out, failed }).toEqual({ out, failed: [expect.stringContaining(` FAILED      ${code}: `)] });
  expect(`${failed.join('\n')}\n${err}`).toMatch(says);
  const next = err.trim().split('\n');
  expect(next).toEqual([expect.stringMatching(/^\S.*[.?`)]$|^\S.*\S$/)]);
  expect(status).toBe(3);
  expect(out + err).not.toMatch(/PRIVATE KEY|open sesame|debug1|^ {4}at /m);
}
