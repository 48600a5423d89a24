import { InvalidArgumentError, Option } from 'commander';
import { parseInteger, type Parsed } from '../shared/units.ts';

/** An option that takes a whole number in these bounds. */
export function whole(flags: string, description: string, min: number, max: number): Option {
  return new Option(flags, `${description} (${min}-${max})`).argParser((text) =>
    valid(parseInteger(text, { min, max })),
  );
}

/** What a parser made of it, or commander's error with its reason. */
export function valid(parsed: Parsed): number {
  if (parsed.ok) return parsed.value;
  throw new InvalidArgumentError(parsed.reason);
}
