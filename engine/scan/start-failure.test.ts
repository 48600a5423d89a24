import { describe, expect, it } from 'vitest';
import { SmartScannerError } from '../../shared/errors.ts';
import { mayStartAgain } from './start-failure.ts';

const failed = (words: string, more: object): SmartScannerError =>
  new SmartScannerError('WORKER_START', words, { cause: Object.assign(new Error(words), more) });

describe('a worker that could not be started', () => {
  it.each([
    ['Conflict. The name is in use.', { statusCode: 409 }],
    ['failed to create shim task: context deadline exceeded', { statusCode: 500 }],
    ['mkdir /var/lib/docker/overlay2/x: no space left on device', { statusCode: 500 }],
    ['fork/exec /usr/bin/runc: resource temporarily unavailable', { statusCode: 400 }],
    ['spawn EAGAIN', { code: 'EAGAIN', syscall: 'spawn' }],
    ['something new', {}],
  ])('is tried again: %s', (words, more) => {
    expect(mayStartAgain(failed(words, more))).toBe(true);
  });

  it.each([
    ['invalid mount config for type "bind": bind source path does not exist: /mnt/x', { statusCode: 400 }],
    ['No such image: sha256:1234', { statusCode: 404 }],
    ['error while creating mount source path: bind source path does not exist', { statusCode: 500 }],
    ['exec: "node": executable file not found in $PATH', { statusCode: 500 }],
    ['spawn /opt/node ENOENT', { code: 'ENOENT', syscall: 'spawn /opt/node' }],
  ])('is given up, since nothing would be otherwise: %s', (words, more) => {
    expect(mayStartAgain(failed(words, more))).toBe(false);
  });
});
