import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BASE_IMAGE, type TestEngine } from '../docker.ts';

const SCRIPTS = join(import.meta.dirname, '..', '..', 'scripts');
const DEADLINE_MS = 150_000;
const run = promisify(execFile);

/** A Docker Engine that one test file has for itself, to end and start it as it likes. */
export class PrivateEngine implements TestEngine {
  readonly baseImage = BASE_IMAGE;
  address = '';
  readonly #home = mkdtempSync(join(tmpdir(), 'smart-scanner-test-engine-'));

  async start(): Promise<void> {
    const said = await this.#engine('start');
    this.address = said.trim().replace(/^DOCKER_HOST=/, '');
    const env = { ...process.env, DOCKER_HOST: this.address };
    await run(join(SCRIPTS, 'test-base-image.sh'), [BASE_IMAGE], { env, timeout: DEADLINE_MS });
  }

  /** As a service manager stops it: its containers are asked to end. */
  async halt(): Promise<void> {
    await this.#engine('halt');
  }

  /** The daemon alone: its containers go on until it is started again, which ends them. */
  async kill(): Promise<void> {
    await this.#engine('kill');
  }

  /** With all that it runs: what it finds of its containers afterwards is that they are gone, which it calls 255. */
  async crash(): Promise<void> {
    await this.#engine('crash');
  }

  async restart(): Promise<void> {
    await this.#engine('restart');
  }

  async remove(): Promise<void> {
    await this.#engine('stop');
    rmSync(this.#home, { recursive: true, force: true });
  }

  async #engine(command: string): Promise<string> {
    const env = { ...process.env, TEST_ENGINE_HOME: this.#home };
    const { stdout } = await run(join(SCRIPTS, 'test-engine.sh'), [command], { env, timeout: DEADLINE_MS });
    return stdout;
  }
}
