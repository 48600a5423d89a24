import type { ReactNode } from 'react';
import { Label, Slider, SliderOutput, SliderThumb, SliderTrack } from 'react-aria-components';
import { nearest } from './nearest.ts';

/** A slider over given values, which says in words what the chosen one means. */
export function Steps<T extends number | null>({
  label,
  values,
  value,
  set,
  shown,
  means,
}: {
  readonly label: string;
  readonly values: readonly T[];
  readonly value: T;
  readonly set: (value: T) => void;
  readonly shown: string;
  readonly means: string;
}): ReactNode {
  return (
    <Slider
      className="slider"
      minValue={0}
      maxValue={values.length - 1}
      value={nearest(values, value)}
      onChange={(index) => {
        const chosen = values[index];
        if (chosen !== undefined) set(chosen);
      }}
    >
      <Label>{label}</Label>
      <SliderOutput>{shown}</SliderOutput>
      <SliderTrack className="slider-track">
        {({ state }) => (
          <>
            <span className="slider-fill" style={{ width: `${state.getThumbPercent(0) * 100}%` }} aria-hidden="true" />
            <SliderThumb className="slider-thumb" aria-valuetext={`${shown}. ${means}`} />
          </>
        )}
      </SliderTrack>
      <p className="muted small">{means}</p>
    </Slider>
  );
}
