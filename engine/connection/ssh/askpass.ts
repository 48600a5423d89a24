import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What ssh is told so that it asks us instead of a terminal. */
export interface Askpass {
  readonly env: Readonly<Record<string, string>>;
  end(): Promise<void>;
}

/**
 * Answers ssh's one question; `prompt`: only one that begins so. The secret goes through a pipe of the file system in a private directory: it is
 * on no disk, in no argument and in no environment, and can be read once; who asks again gets no answer.
 */
export async function answerOnce(secret: string, prompt = ''): Promise<Askpass> {
  const directory = await mkdtemp(join(tmpdir(), 'smart-scanner-ask-'));
  const fifo = join(directory, 'answer');
  const program = join(directory, 'askpass');
  await promisify(execFile)('mkfifo', ['-m', '600', fifo]);
  const script = [
    '#!/bin/sh',
    `case "$1" in ${quoted(prompt)}*) ;; *) exit 1 ;; esac`,
    `mv '${fifo}' '${fifo}.read' 2>/dev/null && exec cat '${fifo}.read'`,
  ];
  await writeFile(program, `${script.join('\n')}\n`, { mode: 0o700 });
  // A process of its own waits for the reader: a thread of ours could not be called back.
  const writer = spawn('sh', ['-c', 'exec cat >"$0"', fifo], { stdio: ['pipe', 'ignore', 'ignore'] });
  writer.on('error', () => undefined);
  writer.stdin.on('error', () => undefined);
  writer.stdin.end(`${secret}\n`);
  return {
    env: { SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: process.env['DISPLAY'] ?? ':0' },
    end: async () => {
      writer.kill('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
