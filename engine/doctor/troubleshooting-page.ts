import { CHECKS } from './checks.ts';
import { KINDS } from './kinds.ts';
import { EXPLAINS } from './reasoning.ts';
import { checksOf, FINDING_IDS } from './section.ts';
import type { Check } from './types.ts';

/** docs/troubleshooting.md, unformatted: what each check looks at, and what each finding means. */
export function troubleshootingPage(): string {
  return [
    '# Troubleshooting',
    '',
    '<!-- Made by scripts/troubleshooting.ts from engine/doctor: change it there. -->',
    '',
    '`smart-scanner debug` looks at a data directory (also at one of the original scanner), says what is wrong and why, and what to do. It changes nothing but with `--fix`. Its exit status is 1 where it finds a problem.',
    '',
    '## What is looked at',
    '',
    'All at once, at most six checks at a time, those first that need what answers soonest. A check that gets no answer is _unknown_; the others go on. Those that read from mounts may wake sleeping disks; the desktop app asks before it runs them.',
    '',
    '| check | looks whether | needs | costs | wakes disks | may find |',
    '| --- | --- | --- | --- | --- | --- |',
    ...CHECKS.map(checkRow),
    '',
    '## Findings',
    '',
    'Where one explains others, only the cause is shown.',
    ...FINDING_IDS.flatMap((id) => {
      const { title, severity, means, advice } = KINDS[id];
      const explains = EXPLAINS[id] ?? [];
      const by = checksOf(id).map((check) => `\`${check.id}\``);
      return [
        '',
        `### ${id}`,
        '',
        `**${title}** (${severity}, found by ${by.join(', ')}).`,
        '',
        cell(means),
        '',
        ...advice.map((line) => `- ${cell(line)}`),
        ...(explains.length === 0 ? [] : ['', `Explains: ${explains.map((one) => `[${one}](#${one})`).join(', ')}.`]),
      ];
    }),
    '',
  ].join('\n');
}

function checkRow({ id, title, needs, cost, wakesDisks, finds }: Check): string {
  const found = finds.map((one) => `[${one}](#${one})`).join(', ');
  return `| \`${id}\` | ${title} | ${needs.join(', ')} | ${cell(cost)} | ${wakesDisks ? 'yes' : 'no'} | ${found} |`;
}

/** Options and wildcards are no emphasis. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('*', '\\*');
}
