import type { FindingSection } from '../../shared/diagnosis.ts';
import { CHECKS } from './checks.ts';
import { KINDS, type FindingId } from './kinds.ts';
import { EXPLAINS } from './reasoning.ts';

export const FINDING_IDS = Object.keys(KINDS) as FindingId[];

/** null: there is no such finding. */
export function sectionOf(id: string): FindingSection | null {
  const found = FINDING_IDS.find((one) => one === id);
  if (found === undefined) return null;
  const { title, severity, means, advice } = KINDS[found];
  return {
    id: found,
    title,
    severity,
    means,
    advice,
    foundBy: checksOf(found).map((check) => check.title),
    explains: [...new Set(EXPLAINS[found])].map(named),
    explainedBy: FINDING_IDS.filter((one) => EXPLAINS[one]?.includes(found)).map(named),
  };
}

export function checksOf(id: FindingId): typeof CHECKS {
  return CHECKS.filter(({ finds }) => finds.some((one) => one === id));
}

function named(id: FindingId): { id: FindingId; title: string } {
  return { id, title: KINDS[id].title };
}
