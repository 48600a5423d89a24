/**
 * The doctor speaks to the command line as well: where it names an option, the window names what there is to press. The longest first. What
 * has no counterpart in the window stays a command.
 */
const INSTEAD: readonly (readonly [RegExp, string])[] = [
  [/Scan with --runtime process/gu, 'Pick “This computer” in the sheet of a new scan'],
  [/`smart-scanner scan --resume`/gu, '“Continue” on its page'],
  [/`debug --fix build-image`/gu, 'the button here'],
  [/it with --accept-host-key/gu, 'it when the app asks'],
  [/a bundle with --bundle/gu, 'a support bundle'],
  [/without that --exclude/gu, 'without that rule (Leave out)'],
  [/with --exclude/gu, 'with a rule under “Leave out”'],
  [/--threads 1 and a smaller --chunk-files/gu, 'the load Gentle and fewer “Most entries in a chunk”'],
  [/with --fast-start/gu, 'with the plan “Fast start”'],
  [/--load (gentle|balanced|fast)/gu, 'the load $1'],
  [/a --data-dir/gu, 'a data folder (Settings)'],
  [/another --data-dir/gu, 'another data folder (Settings)'],
  [/--data-dir/gu, 'the data folder (Settings)'],
  [/--max-containers/gu, '“Workers at once”'],
  [/--cpus/gu, '“Processors a worker”'],
  [/--memory/gu, '“Memory a worker”'],
  [/--window/gu, '“Only at certain hours”'],
  [/--analysis-timeout/gu, '“Measuring ends after”'],
  [/--stall-timeout/gu, '“Stalled after”'],
];

export function inAppWords(text: string): string {
  return INSTEAD.reduce((said, [option, words]) => said.replace(option, words), text);
}
