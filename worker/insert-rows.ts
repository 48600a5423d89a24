import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

/** Inserts many rows with one statement: calls into SQLite cost more than the rows. */
export class InsertRows {
  readonly #many: StatementSync;
  readonly #one: StatementSync;
  readonly #columns: number;
  readonly #limit: number;
  #values: SQLInputValue[] = [];

  constructor(db: DatabaseSync, target: string, columns: number, rows: number) {
    const row = `(${Array.from({ length: columns }, () => '?').join(', ')})`;
    this.#many = db.prepare(`INSERT INTO ${target} VALUES ${Array.from({ length: rows }, () => row).join(', ')}`);
    this.#one = db.prepare(`INSERT INTO ${target} VALUES ${row}`);
    this.#columns = columns;
    this.#limit = rows * columns;
  }

  /** For the hot loop: push a row's values, then call `full`. */
  open(): { readonly entries: SQLInputValue[] } {
    return { entries: this.#values };
  }

  full(): void {
    if (this.#values.length < this.#limit) return;
    this.#many.run(...this.#values);
    this.#values.length = 0;
  }

  row(...values: SQLInputValue[]): void {
    this.#values.push(...values);
    this.full();
  }

  flush(): void {
    for (let at = 0; at < this.#values.length; at += this.#columns)
      this.#one.run(...this.#values.slice(at, at + this.#columns));
    this.#values.length = 0;
  }
}
