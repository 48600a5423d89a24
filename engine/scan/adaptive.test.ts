import { describe, expect, it } from 'vitest';
import { AdaptiveLimit, type Change } from './adaptive.ts';

/** One worker after the other tells the same, once a second each, for so long. */
function run(limit: AdaptiveLimit, from: number, seconds: number, us: (workers: number) => number): Change[] {
  const changes: Change[] = [];
  for (let second = 1; second <= seconds; second += 1) {
    const workers = limit.limit;
    for (let worker = 0; worker < workers; worker += 1) {
      const change = limit.heard(us(workers), from + second * 1000, workers, true);
      if (change !== null) changes.push(change);
    }
  }
  return changes;
}

describe('the number of workers', () => {
  it('grows to the most while entries are looked up as quickly as before', () => {
    const limit = new AdaptiveLimit({ first: 2, most: 8, adaptive: true }, 0);
    run(limit, 0, 20, () => 900);
    expect(limit.limit).toBe(8);
  });

  it('does not grow without work for one more, nor while those allowed are not there', () => {
    const limit = new AdaptiveLimit({ first: 2, most: 8, adaptive: true }, 0);
    for (let second = 1; second < 30; second += 1) {
      expect(limit.heard(10, second * 1000, 2, false)).toBeNull();
      expect(limit.heard(10, second * 1000 + 1, 1, true)).toBeNull();
    }
    expect(limit.limit).toBe(2);
  });

  it('grows past workers that end before they tell anything', () => {
    const limit = new AdaptiveLimit({ first: 4, most: 8, adaptive: true }, 0);
    for (let ms = 0; ms < 10_000; ms += 500) limit.heard(null, ms, limit.limit, true);
    expect(limit.limit).toBe(8);
  });

  it('shrinks when that takes three times as long, and comes back when it is over', () => {
    const limit = new AdaptiveLimit({ first: 4, most: 8, adaptive: true }, 0);
    run(limit, 0, 60, () => 1000);
    expect(limit.limit).toBe(8);
    const [first] = run(limit, 60_000, 10, () => 5000);
    expect(first).toEqual({ from: 8, to: 7, medianUs: 5000 });
    expect(limit.limit).toBeLessThan(8);
    run(limit, 70_000, 120, () => 1000);
    expect(limit.limit).toBe(8);
  });

  it('finds what a disk takes whose calls queue up', () => {
    const limit = new AdaptiveLimit({ first: 1, most: 16, adaptive: true }, 0);
    // Up to four at a time cost nothing more.
    run(limit, 0, 20, (workers) => (workers <= 4 ? 1000 : 1000 * (workers - 2)));
    expect(limit.limit).toBeLessThan(8);
    expect(limit.limit).toBeGreaterThan(1);
  });

  it('never goes below one', () => {
    const limit = new AdaptiveLimit({ first: 2, most: 2, adaptive: true }, 0);
    let us = 1000;
    run(limit, 0, 300, () => (us *= 1.2));
    expect(limit.limit).toBe(1);
  });

  it('takes calls that come from a cache for quick, however they differ', () => {
    const limit = new AdaptiveLimit({ first: 2, most: 4, adaptive: true }, 0);
    run(limit, 0, 20, () => 2);
    run(limit, 20_000, 20, () => 60);
    expect(limit.limit).toBe(4);
  });

  it('stays where it is told to', () => {
    const limit = new AdaptiveLimit({ first: Number.POSITIVE_INFINITY, most: 8, adaptive: false }, 0);
    expect(limit.limit).toBe(8);
    run(limit, 0, 60, () => 1000);
    expect(run(limit, 60_000, 30, () => 90_000)).toEqual([]);
  });
});
