import { formatBytes, formatCount } from '../../shared/units.ts';
import { median } from './median.ts';

const DISK_LOW = 0.05;
const DISK_WELL = 0.07;
const MEMORY_HIGH = 0.9;
const MEMORY_WELL = 0.8;
const RATE_LOW = 0.1;
const RATE_WELL = 1 / 3;
/** Ten minutes of samples, one every 30 s, and how many there must be before one counts as usual. */
const RATE_SAMPLES = 20;
const RATE_SAMPLES_AT_LEAST = 6;

export interface Warning {
  readonly code: 'DISK_LOW' | 'MEMORY_HIGH' | 'RATE_LOW';
  readonly chunkId: number | null;
  readonly text: string;
}

/** What is about to go wrong, said once, and again only after it was well in between. */
export class Warnings {
  readonly #said = new Set<string>();
  #rates: number[] = [];

  disk(what: string, freeBytes: number, totalBytes: number): Warning | null {
    const share = totalBytes === 0 ? 1 : freeBytes / totalBytes;
    if (!this.#turns(`disk ${what}`, share < DISK_LOW, share > DISK_WELL)) return null;
    const text = `The disk of the ${what} is nearly full: ${formatBytes(freeBytes)} free (${Math.floor(share * 100)} %). Make room before the scan has to wait for it.`;
    return { code: 'DISK_LOW', chunkId: null, text };
  }

  memory(chunkId: number, usedBytes: number, limitBytes: number): Warning | null {
    const share = usedBytes / limitBytes;
    if (!this.#turns(`memory ${chunkId}`, share > MEMORY_HIGH, share < MEMORY_WELL)) return null;
    const text = `The worker of chunk ${chunkId} holds ${formatBytes(usedBytes)} of its ${formatBytes(limitBytes)} memory. If it runs out of it, it is tried again with less to do.`;
    return { code: 'MEMORY_HIGH', chunkId, text };
  }

  /** Asked every 30 s while workers run. */
  rate(filesPerSecond: number): Warning | null {
    const usual = this.#rates.length < RATE_SAMPLES_AT_LEAST ? null : median(this.#rates);
    this.#rates = [...this.#rates, filesPerSecond].slice(-RATE_SAMPLES);
    if (usual === null || usual === 0) return null;
    const share = filesPerSecond / usual;
    if (!this.#turns('rate', share < RATE_LOW, share > RATE_WELL)) return null;
    const text = `The scan has slowed down to a tenth: ${formatCount(Math.round(filesPerSecond))} files/s instead of ${formatCount(Math.round(usual))}. A disk may be busy or failing, or a directory very large.`;
    return { code: 'RATE_LOW', chunkId: null, text };
  }

  #turns(key: string, bad: boolean, well: boolean): boolean {
    if (well) this.#said.delete(key);
    if (!bad || this.#said.has(key)) return false;
    this.#said.add(key);
    return true;
  }
}
