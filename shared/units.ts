import prettyBytes from 'pretty-bytes';
import prettyMilliseconds from 'pretty-ms';

const FACTORS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1024,
  kib: 1024,
  mb: 1024 ** 2,
  mib: 1024 ** 2,
  gb: 1024 ** 3,
  gib: 1024 ** 3,
  tb: 1024 ** 4,
  tib: 1024 ** 4,
  pb: 1024 ** 5,
  pib: 1024 ** 5,
};

const SIZE_RANGE = '1B to 8191PB';

/** The result of reading what a person typed: a value, or a sentence that says what is wrong with it. */
export type Parsed = { readonly ok: true; readonly value: number } | { readonly ok: false; readonly reason: string };

/**
 * Bytes from "100", "50GB", "500 MiB", "1.5TB". GB and GiB are both 1024^3, as in the original tool; a number alone is in
 * `defaultUnit`. At least 1 byte, at most 2^53-1.
 */
export function parseSize(text: string, defaultUnit: keyof typeof FACTORS = 'gb'): Parsed {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const factor = FACTORS[(match?.[2] ?? '').toLowerCase() || defaultUnit];
  if (match === null || factor === undefined) {
    return {
      ok: false,
      reason: `"${text}" is not a size: allowed is ${SIZE_RANGE}, alone (GB) or with a unit, e.g. 100, 50GB, 500MiB`,
    };
  }
  const value = Math.floor(Number(match[1]) * factor);
  if (value < 1 || !Number.isSafeInteger(value)) {
    return { ok: false, reason: `"${text}" is out of range: allowed is ${SIZE_RANGE}` };
  }
  return { ok: true, value };
}

/** A whole number within the range. */
export function parseInteger(text: string, range: { readonly min: number; readonly max: number }): Parsed {
  const value = /^\s*-?\d+\s*$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < range.min || value > range.max) {
    return {
      ok: false,
      reason: `"${text}" is out of range: allowed is a whole number from ${range.min} to ${range.max}`,
    };
  }
  return { ok: true, value };
}

/** A number with decimals within the range. */
export function parseNumber(text: string, range: { readonly min: number; readonly max: number }): Parsed {
  const value = /^\s*-?\d+(\.\d+)?\s*$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value) || value < range.min || value > range.max) {
    return { ok: false, reason: `"${text}" is out of range: allowed is a number from ${range.min} to ${range.max}` };
  }
  return { ok: true, value };
}

const TIMES: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** ms from "24", "90m", "1.5 h", "2d"; a number alone is in hours. */
export function parseDuration(text: string, range: { readonly min: number; readonly max: number }): Parsed {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const factor = TIMES[(match?.[2] ?? '').toLowerCase() || 'h'];
  if (match === null || factor === undefined)
    return {
      ok: false,
      reason: `"${text}" is not a time: allowed is a number of hours, or one with s, m, h or d, e.g. 24, 90m`,
    };
  const value = Math.round(Number(match[1]) * factor);
  if (value < range.min || value > range.max) {
    const allowed = `${formatDuration(range.min)} to ${formatDuration(range.max)}`;
    return { ok: false, reason: `"${text}" is out of range: allowed is ${allowed}` };
  }
  return { ok: true, value };
}

/** "100 GiB", or "107 GB" where decimal units are wanted. */
export function formatBytes(bytes: number | bigint, units: 'binary' | 'decimal' = 'binary'): string {
  return prettyBytes(bytes, { binary: units === 'binary' });
}

/** Made when first needed: it takes as long as a tenth of the start of the command line. */
let counts: Intl.NumberFormat | undefined;

/** "1,234,567". */
export function formatCount(count: number | bigint): string {
  return (counts ??= new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })).format(count);
}

/** "1h 2m 3s"; below a second "400ms". */
export function formatDuration(ms: number): string {
  const shown = Math.max(0, ms);
  return prettyMilliseconds(
    shown,
    shown < 60_000 ? { secondsDecimalDigits: 1 } : { unitCount: 3, secondsDecimalDigits: 0 },
  );
}

/** "12,345 files/s". */
export function formatRate(perSecond: number, what: string): string {
  return `${formatCount(Math.round(perSecond))} ${what}/s`;
}
