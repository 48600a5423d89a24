import * as v from 'valibot';
import type { Answer } from '../../shared/bridge.ts';
import { errorToJson, SmartScannerError } from '../../shared/errors.ts';
import { REQUESTS, type Payload, type Reply, type RequestName } from '../../shared/ipc.ts';
import { agreed, describe } from './agreed.ts';

/** Who asked: streams belong to it and end with it. */
export interface Asker {
  readonly id: number;
}

export type Handlers = {
  readonly [K in RequestName]: (payload: Payload<K>, asker: Asker) => Reply<K> | Promise<Reply<K>>;
};

/** Answers one request: refuses what the schema doesn't know, and never rejects. `isChecked`: the reply is looked at as well. */
export async function answer(
  handlers: Handlers,
  name: RequestName,
  payload: unknown,
  asker: Asker,
  isChecked: boolean,
): Promise<Answer<unknown>> {
  try {
    const parsed = v.safeParse(REQUESTS[name].payload, payload);
    if (!parsed.success) {
      const issue = parsed.issues[0];
      throw new SmartScannerError('USAGE', `The request ${name} can't be understood: ${describe(issue)}.`);
    }
    const handler = handlers[name] as (payload: unknown, asker: Asker) => unknown;
    const value = await handler(parsed.output, asker);
    if (isChecked) agreed(`The reply to ${name}`, REQUESTS[name].reply, value);
    return { ok: true, value };
  } catch (error) {
    return { ok: false, error: errorToJson(error) };
  }
}
