import type { ReactNode } from 'react';
import { RadioButton, RadioField, SwitchButton, SwitchField } from 'react-aria-components';

export function Toggle({
  on,
  set,
  label,
}: {
  readonly on: boolean;
  readonly set: (on: boolean) => void;
  readonly label: string;
}): ReactNode {
  return (
    <SwitchField isSelected={on} onChange={set}>
      <SwitchButton className="switch">
        <span className="switch-track" aria-hidden="true" /> {label}
      </SwitchButton>
    </SwitchField>
  );
}

/** One of a group; `className` says how it looks. */
export function Option({
  value,
  isDisabled = false,
  className,
  children,
}: {
  readonly value: string;
  readonly isDisabled?: boolean;
  readonly className: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <RadioField value={value} isDisabled={isDisabled}>
      <RadioButton className={className}>{children}</RadioButton>
    </RadioField>
  );
}
