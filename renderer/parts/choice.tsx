import type { ReactNode } from 'react';
import { Button, Label, ListBox, ListBoxItem, Popover, Select, SelectValue } from 'react-aria-components';

/** One of a few, in a menu. */
export function Choice<K extends string>({
  label,
  value,
  options,
  choose,
}: {
  readonly label: string;
  readonly value: K;
  readonly options: readonly (readonly [K, string])[];
  readonly choose: (value: K) => void;
}): ReactNode {
  return (
    <Select
      className="select"
      value={value}
      onChange={(key) => {
        const chosen = options.find(([id]) => id === key);
        if (chosen !== undefined) choose(chosen[0]);
      }}
    >
      <Label className="small muted">{label}</Label>
      <Button className="button">
        <SelectValue /> <span aria-hidden="true">▾</span>
      </Button>
      <Popover className="popover">
        <ListBox className="menu">
          {options.map(([id, text]) => (
            <ListBoxItem key={id} id={id} textValue={text} className="menu-item">
              {text}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}
