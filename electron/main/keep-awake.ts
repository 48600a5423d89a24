import { powerSaveBlocker } from 'electron';
import { isBusy, type DesktopState } from '../../shared/desktop-state.ts';

/** Keeps this computer from sleeping while a scan runs, where that is wished. The screen may go dark. */
export class KeepAwake {
  #blocker: number | null = null;

  look({ settings, runs }: DesktopState): void {
    if (settings.keepAwake && Object.values(runs).some(isBusy)) {
      this.#blocker ??= powerSaveBlocker.start('prevent-app-suspension');
    } else if (this.#blocker !== null) {
      powerSaveBlocker.stop(this.#blocker);
      this.#blocker = null;
    }
  }
}
