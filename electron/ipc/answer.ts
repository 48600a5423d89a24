import * as v from 'valibot';
import { errorToJson, SmartScannerError } from '../../shared/errors.ts';
import { REQUESTS, type Answer, type Payload, type Reply, type RequestName } from '../../shared/ipc.ts';

/** Who asked: streams belong to it and end with it. */
export interface Asker {
  readonly id: number;
}

export type Handlers = {
  readonly [K in RequestName]: (payload: Payload<K>, asker: Asker) => Reply<K> | Promise<Reply<K>>;
};

/** Answers one request: refuses what the schema doesn't know, and never rejects. */
export async function answer(
  handlers: Handlers,
  name: RequestName,
  payload: unknown,
  asker: Asker,
): Promise<Answer<unknown>> {
  try {
    const parsed = v.safeParse(REQUESTS[name].payload, payload);
    if (!parsed.success) {
      const issue = parsed.issues[0];
      throw new SmartScannerError('USAGE', `The request ${name} can't be understood: ${describe(issue)}.`);
    }
    const handler = handlers[name] as (payload: unknown, asker: Asker) => unknown;
    return { ok: true, value: await handler(parsed.output, asker) };
  } catch (error) {
    return { ok: false, error: errorToJson(error) };
  }
}

function describe(issue: v.BaseIssue<unknown>): string {
  const at = issue.path?.map(({ key }) => String(key)).join('.');
  return at === undefined ? issue.message : `${at}: ${issue.message}`;
}
