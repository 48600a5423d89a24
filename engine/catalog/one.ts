import { SmartScannerError } from '../../shared/errors.ts';

/** The row of a query that always has one (an aggregate). */
export function one<T>(row: T | undefined): T {
  if (row === undefined) throw new SmartScannerError('INTERNAL', 'A query that always has a row had none.');
  return row;
}
