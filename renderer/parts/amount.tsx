import type { ReactNode } from 'react';
import { Button, Group, Input, Label, NumberField, Text } from 'react-aria-components';

/** A number to type or to step through. */
export function Amount({
  label,
  value,
  set,
  min,
  max,
  step = 1,
  means = null,
}: {
  readonly label: string;
  readonly value: number;
  readonly set: (value: number) => void;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly means?: string | null;
}): ReactNode {
  return (
    <NumberField
      className="field amount"
      value={value}
      minValue={min}
      maxValue={max}
      step={step}
      onChange={(typed) => (Number.isNaN(typed) ? undefined : set(typed))}
    >
      <Label>{label}</Label>
      <Group className="amount-group">
        <Button slot="decrement" className="amount-step">
          −
        </Button>
        <Input className="input" />
        <Button slot="increment" className="amount-step">
          +
        </Button>
      </Group>
      {means === null ? null : (
        <Text slot="description" className="muted small">
          {means}
        </Text>
      )}
    </NumberField>
  );
}
