import * as v from 'valibot';
import { SmartScannerError } from '../../shared/errors.ts';

/** Throws where main is about to say what the map of `shared/ipc.ts` does not know: a mistake of ours, not of whoever asked. */
export function agreed(what: string, schema: v.GenericSchema, value: unknown): void {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return;
  throw new SmartScannerError('INTERNAL', `${what} is not as agreed: ${describe(parsed.issues[0])}.`);
}

/** Where something else was found than what was expected, and which. */
export function describe(issue: v.BaseIssue<unknown>): string {
  const at = issue.path?.map(({ key }) => String(key)).join('.');
  return at === undefined ? issue.message : `${at}: ${issue.message}`;
}
