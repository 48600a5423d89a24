import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { defaultSettings, GIB, ScanRequestSchema, ScanSettingsSchema } from './settings.ts';

const accepts = (change: object): boolean => v.is(ScanSettingsSchema, { ...defaultSettings(), ...change });

describe('settings of a scan', () => {
  it('start as the original had them: 100 GB chunks, half an hour of analysis', () => {
    expect(v.parse(ScanSettingsSchema, defaultSettings())).toEqual(defaultSettings());
    expect(defaultSettings()).toMatchObject({
      chunkBytes: 100 * GIB,
      chunkEntries: 1_000_000,
      analysisTimeoutMs: 1_800_000,
    });
  });

  it.each([
    [{ maxContainers: 1 }, true],
    [{ maxContainers: 256 }, true],
    [{ maxContainers: null }, true],
    [{ maxContainers: 0 }, false],
    [{ maxContainers: 257 }, false],
    [{ maxContainers: 1.5 }, false],
    [{ chunkBytes: 1 }, true],
    [{ chunkBytes: 0 }, false],
    [{ chunkBytes: -1 }, false],
    [{ chunkBytes: Number.NaN }, false],
    [{ chunkEntries: 0 }, false],
    [{ retries: 0 }, true],
    [{ retries: -1 }, false],
    [{ retries: 101 }, false],
    [{ cpus: 0.01 }, true],
    [{ cpus: 0 }, false],
    [{ threads: 64 }, true],
    [{ threads: 65 }, false],
    [{ threads: 0 }, false],
    [{ keepScans: 0 }, false],
    [{ planWay: 'guess' }, false],
    [{ runtime: 'swarm' }, false],
    [{ version: 2 }, false],
    [{ excludes: 'all' }, false],
  ])('%j: %s', (change, expected) => {
    expect(accepts(change)).toBe(expected);
  });

  it('of a later version with more in them are still read', () => {
    const parsed = v.parse(ScanSettingsSchema, { ...defaultSettings(), aLaterIdea: true });
    expect(parsed).toEqual(defaultSettings());
  });

  it('come with a mount that has a name', () => {
    const request = (mountName: string): object => ({ mountPath: '/a', mountName, settings: defaultSettings() });
    expect(v.is(ScanRequestSchema, request('Films'))).toBe(true);
    expect(v.is(ScanRequestSchema, request(''))).toBe(false);
    expect(v.is(ScanRequestSchema, request('x'.repeat(201)))).toBe(false);
  });
});
