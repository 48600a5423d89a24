import { createInterface } from 'node:readline/promises';

/** Whether a person is there who can be asked. */
export function canAsk(json: boolean): boolean {
  return !json && process.stdin.isTTY && process.stderr.isTTY;
}

/** Asks at the terminal, on stderr; anything but yes is no, and so is the end of the input. */
export async function askYesNo(question: string): Promise<boolean> {
  const answer = await ask(`${question} [y/N] `);
  return /^y(es)?$/iu.test(answer?.trim() ?? '');
}

/** null where the input ends. */
export async function ask(question: string): Promise<string | null> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<null>((resolve) => prompt.once('close', () => resolve(null)));
  try {
    return await Promise.race([prompt.question(question), ended]);
  } finally {
    prompt.close();
  }
}

const ENTER = /[\r\n]/u;
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const BACKSPACE = /[\b\u007f]/u;

/** Reads a line that is not shown. null where it is given up (Ctrl-C, Ctrl-D). */
export async function askSecret(question: string): Promise<string | null> {
  const { stdin, stderr } = process;
  // Before the question: what is typed ahead of it is not shown either.
  stdin.setRawMode(true);
  stderr.write(question);
  stdin.resume();
  try {
    return await new Promise<string | null>((resolve) => {
      let text = '';
      const onData = (chunk: Buffer): void => {
        for (const character of chunk.toString()) {
          if (ENTER.test(character) || character === CTRL_C || character === CTRL_D) {
            stdin.off('data', onData);
            resolve(ENTER.test(character) ? text : null);
            return;
          }
          text = BACKSPACE.test(character) ? Array.from(text).slice(0, -1).join('') : text + character;
        }
      };
      stdin.on('data', onData);
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}
