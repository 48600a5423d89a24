import * as v from 'valibot';
import { ERROR_CODES, type ErrorCode, type ErrorJson } from '../errors.ts';
import { NameSchema, type Name } from '../names.ts';

/**
 * The schemas of this folder say how what main tells a window travels. Each is held to its type by the compiler (what it lets through is
 * one of that type) and lets no other field through; where the app is not packaged, main checks with them what it sends.
 */
export type Wire<T> = v.GenericSchema<unknown, T>;

export const number = v.number();
export const text = v.string();
export const yes = v.boolean();
/** Milliseconds since 1970, UTC. */
export const atMs = v.number();
/** A bigint as a decimal string. */
export const big = v.pipe(v.string(), v.regex(/^-?\d+$/u));
export const name: Wire<Name> = NameSchema;
export const nothing = v.null();
export const runtime = v.picklist(['docker', 'process']);

export function list<T>(item: Wire<T>): Wire<readonly T[]> {
  return v.array(item);
}

type Absent<Entries extends v.ObjectEntries> = {
  readonly [Key in keyof Entries]: v.ExactOptionalSchema<Entries[Key], undefined>;
};

/** Each of them may be absent. */
export function absent<Entries extends v.ObjectEntries>(entries: Entries): Absent<Entries> {
  return Object.fromEntries(
    Object.entries(entries).map(([key, schema]) => [key, v.exactOptional(schema)]),
  ) as Absent<Entries>;
}

export const errorJson: Wire<ErrorJson> = v.strictObject({
  code: v.picklist(Object.keys(ERROR_CODES) as ErrorCode[]),
  message: text,
  hint: v.exactOptional(text),
  evidence: v.record(text, v.union([text, number, yes, nothing])),
  stack: v.exactOptional(text),
});
