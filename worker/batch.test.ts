import { expect, it } from 'vitest';
import { S_IFREG } from '../shared/totals.ts';
import { addTotals, mergeTotals, type Totals } from './batch.ts';

it('totals by type stay exact beyond 2^53, in one batch and over batches', () => {
  const batch = (): Totals<string> => {
    const types: Totals<string> = new Map();
    for (let count = 0; count < 3; count += 1) addTotals(types, new Map(), 'a.img', S_IFREG, 2n ** 53n + 1n, 512, 0);
    for (let count = 0; count < 3; count += 1) addTotals(types, new Map(), 'b.txt', S_IFREG, 5, 512, 0);
    return types;
  };
  const sum = batch();
  mergeTotals(sum, batch());
  expect(sum.get('img')).toEqual([6, 6n * (2n ** 53n + 1n), 6 * 512]);
  // Numbers as long as they do: bigints are slow.
  expect(sum.get('txt')).toEqual([6, 30, 6 * 512]);
});
