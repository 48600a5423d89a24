import type { Connection } from './connection.ts';
import type { ConnectionState } from './states.ts';

/** The ways to hosts that are open or wanted, whoever uses them and for what. */
export class OpenConnections {
  readonly #all = new Set<Pick<Connection, 'wake'>>();

  /** Called with each new state of a connection. */
  note(connection: Pick<Connection, 'wake'>, state: ConnectionState): void {
    if (state.name === 'disconnected' || state.name === 'failed') this.#all.delete(connection);
    else this.#all.add(connection);
  }

  /** This computer slept: each finds out at once whether it still stands, also those that nobody waits for. */
  wake(): void {
    for (const connection of this.#all) connection.wake();
  }
}
