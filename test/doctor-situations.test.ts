import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHECKS } from '../engine/doctor/checks.ts';

const ROOT = join(import.meta.dirname, '..');
const ROW =
  /^\| `(?<check>[\w-]+)`\s*\|[^|]*\| `(?<firesIn>[^`]+)`: “(?<fires>[^”]+)”\s*\| `(?<quietIn>[^`]+)`: “(?<quiet>[^”]+)”\s*\|$/u;

const rows = readFileSync(join(ROOT, 'docs', 'doctor-scenarios.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const groups = ROW.exec(line)?.groups;
    return groups === undefined ? [] : [groups];
  });

describe('docs/doctor-scenarios.md', () => {
  it('has a situation for every check in which it finds something and one in which it does not', () => {
    expect(rows.map(({ check }) => check)).toEqual(CHECKS.map(({ id }) => id));
  });

  it.each(rows)('names tests that are there: $check', ({ firesIn = '', fires = '', quietIn = '', quiet = '' }) => {
    expect(readFileSync(join(ROOT, firesIn), 'utf8')).toContain(fires);
    expect(readFileSync(join(ROOT, quietIn), 'utf8')).toContain(quiet);
  });
});
