import type { SmartScannerError } from '../../shared/errors.ts';

/** What a daemon answers to a request that is wrong in itself: no such image, a mount that is not there, an option that it doesn't know. */
const WRONG_IN_ITSELF: readonly number[] = [400, 404];
/** Of processes: the program is not there, or may not be started. */
const WRONG_PROGRAM: readonly unknown[] = ['ENOENT', 'EACCES', 'ENOEXEC'];
/** Words for what may be over by itself, whatever the status. */
const PASSING = /no space left|temporar|timed? ?out|deadline|busy|too many|resource/iu;
/** 500 is said to everything; these can't come right. */
const LASTING = /bind source path does not exist|not a shared or slave mount|executable file not found|no such image/iu;

/** Whether a worker that could not be started may start when it is tried again. */
export function mayStartAgain(error: SmartScannerError): boolean {
  const { cause, message } = error;
  if (PASSING.test(message)) return true;
  if (LASTING.test(message)) return false;
  if (!(cause instanceof Error)) return true;
  if ('statusCode' in cause && typeof cause.statusCode === 'number') return !WRONG_IN_ITSELF.includes(cause.statusCode);
  const isProgram = 'syscall' in cause && String(cause.syscall).startsWith('spawn');
  return !(isProgram && 'code' in cause && WRONG_PROGRAM.includes(cause.code));
}
