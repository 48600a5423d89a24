import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { redactLog, slicesOf, stringify, zipped } from './in-turns.ts';
import { redactor } from './redact.ts';

const redact = redactor({ names: ['peter@tower'], hashPaths: false, mountPaths: [], dataDir: '/data', knownPaths: [] });
const PEM_LINES = 3_000;

/** As of a worker that was given a key: one line each, each an event of its own. */
function log(): string {
  const event = (text: string, at: number): string =>
    `2026-11-24T10:00:00.${String(at % 1_000).padStart(3, '0')}Z INFO ${text}`;
  const noise = Array.from({ length: 4_000 }, (_, at) =>
    event(`peter@tower says --password\n  hunter${at} of 10.0.0.${at % 250}`, at),
  );
  const pem = Array.from({ length: PEM_LINES }, (_, at) => event(`c2VjcmV0${at}secretkeymaterial`, at));
  return [
    ...noise.slice(0, 900),
    event('-----BEGIN PRIVATE KEY-----', 0),
    ...pem,
    event('-----END PRIVATE KEY-----', 0),
    ...noise.slice(900),
  ].join('\n');
}

describe('a bundle in turns', () => {
  it('has the same log as one made at once, and never a part of a key', async () => {
    const text = log();
    const slices = [...slicesOf(text)];
    expect(slices.length).toBeGreaterThan(3);
    expect(slices.join('')).toBe(text);
    const redacted = await redactLog(text, redact.text);
    expect(redacted).toBe(redact.text(text));
    expect(redacted).not.toMatch(/secretkeymaterial|hunter|peter|10\.0\.0/u);
  });

  it.each([
    '',
    'one line',
    'no events\n'.repeat(20_000),
    `-----BEGIN PRIVATE KEY-----\n${'2026-11-24T10:00:00Z x\n'.repeat(9_000)}`,
  ])('has all of a log without a place to cut (%#)', (text) => {
    expect([...slicesOf(text)].join('')).toBe(text);
  });

  it('has the JSON that JSON.stringify makes, and lets others have their turn', async () => {
    const value = {
      name: 'peter',
      none: null,
      count: 3n,
      nothing: undefined,
      chunks: Array.from({ length: 30_000 }, (_, id) => ({
        id,
        path: `a/${id}`,
        attempts: [{ password: 'x', at: 5 }],
      })),
      inner: { list: ['peter', 5], deeper: { password: 'x' } },
    };
    const hide = (key: string, inner: unknown): unknown => {
      if (typeof inner === 'bigint') return inner.toString();
      if (Array.isArray(inner)) return inner.map((one: unknown) => (one === 'peter' ? '[name]' : one));
      return key === 'password' ? '[secret]' : inner;
    };
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    const made = await stringify(value, hide, 2);
    clearInterval(timer);
    expect(made).toBe(JSON.stringify(value, hide, 2));
    expect(turns).toBeGreaterThan(0);
  });

  it('is a zip that others open', async () => {
    const files = [
      { name: 'logs/a.log', text: 'línea\n'.repeat(200_000) },
      { name: 'empty.json', text: '' },
    ];
    const opened = unzipSync(await zipped(files));
    expect(Object.fromEntries(Object.entries(opened).map(([name, bytes]) => [name, strFromU8(bytes)]))).toEqual({
      'logs/a.log': files[0]?.text,
      'empty.json': '',
    });
  });
});
