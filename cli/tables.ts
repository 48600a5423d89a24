import Table from 'cli-table3';

type Align = 'left' | 'right';

/** A table without lines: it can be read, grepped and pasted. */
export function plainTable(head: readonly string[], align: readonly Align[]): Table.Table {
  const none = {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
  };
  return new Table({
    head: [...head],
    colAligns: [...align],
    chars: { ...none, left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
}
