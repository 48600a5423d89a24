import { connect } from 'node:net';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { SmartScannerError } from '../../shared/errors.ts';
import { isConnectionLost } from './connection-lost.ts';

it('is told from a daemon that answers, and from files that are not there', async () => {
  const refused = await new Promise((resolve) => connect('/nonexistent/docker.sock').on('error', resolve));
  expect(isConnectionLost(refused)).toBe(true);
  expect(isConnectionLost(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }))).toBe(true);
  expect(isConnectionLost(new SmartScannerError('DEADLINE', 'Docker did not answer.'))).toBe(true);
  expect(isConnectionLost(new SmartScannerError('WORKER_START', 'No such image.'))).toBe(false);
  expect(isConnectionLost(Object.assign(new Error('no such container'), { statusCode: 404, code: 'ENOENT' }))).toBe(
    false,
  );
  expect(isConnectionLost(await readFile('/nonexistent').catch((error: unknown) => error))).toBe(false);
});
