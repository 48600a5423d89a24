import { access } from 'node:fs/promises';
import { join } from 'node:path';

const ATTEMPT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A directory of an attempt is named by its id. */
export function isAttemptName(name: string): boolean {
  return ATTEMPT_ID.test(name);
}

/**
 * Whether a directory in the spool was made by us: what somebody else put there must never be removed. `marks`: files of which ours has at
 * least one.
 */
export async function isOurSpool(dir: string, name: string, marks: readonly string[]): Promise<boolean> {
  if (!isAttemptName(name)) return false;
  const seen = marks.map((mark) =>
    access(join(dir, name, mark)).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(seen)).includes(true);
}
