import { watch } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import * as v from 'valibot';
import { ERROR_CODES, errorFromJson, errorToJson, SmartScannerError, type ErrorCode } from '../../shared/errors.ts';

/** Where a file system tells of no changes (network, FUSE), the directory is read this often, ms. */
const RECHECK_MS = 2_000;
/** How long whoever asks waits for the answer, ms. */
const ANSWER_MS = 30_000;
/** How often whoever asks looks for it where it isn't told, ms. */
const LOOK_MS = 100;
/** How often it is looked whether who is asked still lives, ms. */
const ALIVE_MS = 2_000;
/** How long the end of a scan waits for its last answer to be read, ms. */
const LEAVE_MS = 2_000;
const DIRECTORY = '.asks';
const ANSWER = '.answer.json';
const SUFFIX = '.json';

/** What one process asks of the one that runs a scan: a file in `live/<scan>.asks/`, replaced by its answer. */
export const AskSchema = v.object({
  id: v.string(),
  kind: v.picklist(['pause', 'resume', 'stop']),
  /** null: the whole scan. */
  chunkId: v.nullable(v.number()),
  /** `<user>@<computer>`. */
  by: v.string(),
});
export type Ask = v.InferOutput<typeof AskSchema>;

/** See `Controlled`. */
export const AskReplySchema = v.object({
  workers: v.number(),
  holding: v.number(),
  waiting: v.number(),
  pauses: v.array(v.string()),
});
export type AskReply = v.InferOutput<typeof AskReplySchema>;

const ErrorSchema = v.object({
  code: v.custom<ErrorCode>((code) => typeof code === 'string' && code in ERROR_CODES),
  message: v.string(),
  hint: v.optional(v.string()),
  evidence: v.record(v.string(), v.nullable(v.union([v.string(), v.number(), v.boolean()]))),
});
const AnswerSchema = v.variant('ok', [
  v.object({ ok: v.literal(true), reply: AskReplySchema }),
  v.object({ ok: v.literal(false), error: ErrorSchema }),
]);
type Answer = v.InferOutput<typeof AnswerSchema>;

function asksOf(live: string, scanId: string): string {
  return join(live, `${scanId}${DIRECTORY}`);
}

/**
 * Asks the process that runs this scan and waits for what it answers. Throws what that refuses it with; DEADLINE where nobody answers; DATA_DIR
 * where the question can't be put.
 */
export async function ask(
  live: string,
  scanId: string,
  asked: Omit<Ask, 'id'>,
  isAlive: () => Promise<boolean>,
): Promise<AskReply> {
  const dir = asksOf(live, scanId);
  const id = uuidv7();
  const question = join(dir, `${id}${SUFFIX}`);
  const answer = join(dir, `${id}${ANSWER}`);
  try {
    await replace(question, { ...asked, id } satisfies Ask);
  } catch (error) {
    await rm(`${question}.new`, { force: true }).catch(() => undefined);
    throw new SmartScannerError(
      'DATA_DIR',
      `The program that runs the scan can't be asked: ${error instanceof Error ? error.message : String(error)}.`,
      {
        hint: 'Run this as the user who scans; where the disk is full, make room, or press Ctrl-C there.',
        cause: error,
      },
    );
  }
  const until = performance.now() + ANSWER_MS;
  let nextLook = performance.now() + ALIVE_MS;
  try {
    for (;;) {
      const given = await read(answer, AnswerSchema);
      if (given?.ok === true) return given.reply;
      if (given?.ok === false) throw refusal(given.error);
      const looks = performance.now() > nextLook;
      if (looks) nextLook = performance.now() + ALIVE_MS;
      // One that was killed leaves its directory behind.
      if (!(await isThere(dir)) || (looks && !(await isAlive()))) {
        throw new SmartScannerError('NO_SUCH_SCAN', 'The scan ended before it answered.', {
          hint: 'See `smart-scanner stats` for past scans.',
        });
      }
      if (performance.now() > until) {
        throw new SmartScannerError(
          'DEADLINE',
          `The program that runs the scan did not answer within ${ANSWER_MS / 1000} s.`,
          {
            hint: 'See `smart-scanner monitor`: it may be held, or very busy.',
          },
        );
      }
      await delay(LOOK_MS);
    }
  } finally {
    await Promise.all([question, answer].map((file) => rm(file, { force: true }).catch(() => undefined)));
  }
}

/** The other side: answers what is asked, one after the other, until it ends, and takes the directory away. Never throws. */
export class AskInbox {
  readonly #dir: string;
  readonly #act: (asked: Ask) => Promise<AskReply>;
  readonly #ended = new AbortController();
  readonly #done: Promise<void>;

  constructor(live: string, scanId: string, act: (asked: Ask) => Promise<AskReply>) {
    this.#dir = asksOf(live, scanId);
    this.#act = act;
    this.#done = this.#run();
  }

  async end(): Promise<void> {
    this.#ended.abort();
    await this.#done;
    // The last answer, that it is stopping, must not go before it was read.
    const until = performance.now() + LEAVE_MS;
    while (performance.now() < until && (await this.#hasAnswers())) await delay(LOOK_MS);
    await rm(this.#dir, { recursive: true, force: true }).catch(() => undefined);
  }

  async #run(): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 }).catch(() => undefined);
    while (!this.#ended.signal.aborted) {
      const change = this.#change();
      for (const name of await readdir(this.#dir).catch(() => [])) {
        // Each is answered before the next is read: a resume must not overtake its pause.
        if (name.endsWith(SUFFIX) && !name.endsWith(ANSWER)) await this.#answer(name.slice(0, -SUFFIX.length));
      }
      await change;
    }
  }

  async #hasAnswers(): Promise<boolean> {
    return (await readdir(this.#dir).catch(() => [])).some((name) => name.endsWith(ANSWER));
  }

  async #answer(id: string): Promise<void> {
    const question = join(this.#dir, `${id}${SUFFIX}`);
    const asked = await read(question, AskSchema);
    if (asked?.id === id) {
      const answer = await this.#act(asked).then(
        (reply): Answer => ({ ok: true, reply }),
        (error: unknown): Answer => {
          const { code, message, hint, evidence } = errorToJson(error);
          return {
            ok: false,
            error: { code, message, evidence: { ...evidence }, ...(hint === undefined ? {} : { hint }) },
          };
        },
      );
      // Whoever asked learns of an answer that can't be written by its deadline.
      await replace(join(this.#dir, `${id}${ANSWER}`), answer).catch(() => undefined);
    }
    await rm(question, { force: true }).catch(() => undefined);
  }

  /** Begun before the directory is read, or what comes meanwhile would wait. */
  #change(): Promise<void> {
    const { signal } = this.#ended;
    return new Promise((resolve) => {
      let watcher: ReturnType<typeof watch> | null = null;
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        watcher?.close();
        resolve();
      };
      const timer = setTimeout(done, RECHECK_MS);
      signal.addEventListener('abort', done);
      try {
        watcher = watch(this.#dir, (_event, name) => {
          if (name?.endsWith(SUFFIX) === true && !name.endsWith(ANSWER)) done();
        });
        watcher.on('error', () => undefined);
      } catch {
        // The directory isn't there: the timer looks again.
      }
      if (signal.aborted) done();
    });
  }
}

function refusal({ code, message, hint, evidence }: v.InferOutput<typeof ErrorSchema>): SmartScannerError {
  return errorFromJson({ code, message, evidence, ...(hint === undefined ? {} : { hint }) });
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

/** As a whole or not at all. */
async function replace(path: string, value: unknown): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(value));
  await rename(`${path}.new`, path);
}

/** null: not there (yet), or nothing that is understood. */
async function read<T>(path: string, schema: v.GenericSchema<unknown, T>): Promise<T | null> {
  try {
    const parsed = v.safeParse(schema, JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}
