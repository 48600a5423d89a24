import type { FindCursor, FindOrder } from '../../shared/files.ts';
import { nameToBytes } from '../../shared/names.ts';

/** Largest or newest first, then by place; or by place alone. */
export function compareHits(order: FindOrder, a: FindCursor, b: FindCursor): number {
  if (order === 'place') {
    if (a.source !== b.source) return a.source - b.source;
  } else {
    const [left, right] = [BigInt(a.value), BigInt(b.value)];
    if (left !== right) return left > right ? -1 : 1;
  }
  if (a.dir !== b.dir) return a.dir - b.dir;
  if (a.kind !== b.kind) return a.kind - b.kind;
  return Buffer.compare(nameToBytes(a.name ?? ''), nameToBytes(b.name ?? ''));
}
