/** Where the thumb stands: a value that was set elsewhere may lie between two of them. */
export function nearest(values: readonly (number | null)[], value: number | null): number {
  const exact = values.indexOf(value);
  if (exact >= 0 || value === null) return Math.max(0, exact);
  const distances = values.map((one) => (one === null ? Infinity : Math.abs(one - value)));
  return distances.indexOf(Math.min(...distances));
}
