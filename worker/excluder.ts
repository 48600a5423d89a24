import ignore, { type Ignore } from 'ignore';

/** gitignore rules, relative to the mount point. Case matters, as on the file systems of a NAS. */
export class Excluder {
  readonly #rules: Ignore;

  constructor(lines: readonly string[]) {
    this.#rules = ignore({ ignoreCase: false, allowRelativePaths: true }).add(lines);
  }

  /** The rule that leaves this directory out, or null. */
  directory(path: string): string | null {
    // The mount point itself is what was asked for.
    if (path === '') return null;
    return this.#test(`${path}/`);
  }

  file(path: string): string | null {
    return this.#test(path);
  }

  #test(path: string): string | null {
    const result = this.#rules.test(path);
    return result.ignored ? (result.rule?.pattern ?? '?') : null;
  }
}
