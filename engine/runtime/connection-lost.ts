import { SmartScannerError, type ErrorCode } from '../../shared/errors.ts';

/** Of the innermost error that has one: what a socket says when nobody is at its other end, or goes away. */
const LOST: readonly unknown[] = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
];

/** Of ours: who can't be reached now may be so later. */
const UNREACHABLE: readonly ErrorCode[] = [
  'DEADLINE',
  'DOCKER_UNREACHABLE',
  'DOCKER_NOT_RUNNING',
  'HOST_NAME',
  'HOST_PORT_CLOSED',
  'HOST_NO_ANSWER',
  'SSH_LOST',
];

/** Whether a call failed because the host could not be reached or did not answer, which says nothing about what was asked. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof SmartScannerError) return UNREACHABLE.includes(error.code);
  if (!(error instanceof Error)) return false;
  // The daemon answered.
  if ('statusCode' in error && typeof error.statusCode === 'number') return false;
  // Of a socket, not of a file.
  const isSocket = !('path' in error) || ('syscall' in error && error.syscall === 'connect');
  return isSocket && 'code' in error && LOST.includes(error.code);
}
