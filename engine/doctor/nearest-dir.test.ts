import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { nearestDir } from './nearest-dir.ts';

it('asks without holding up the process, as a share whose server is gone would', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'doctor-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const asked = nearestDir(join(dir, 'not', 'there', 'yet'));
  expect(asked).toBeInstanceOf(Promise);
  expect(await asked).toBe(dir);
  expect(await nearestDir('/')).toBe('/');
});
