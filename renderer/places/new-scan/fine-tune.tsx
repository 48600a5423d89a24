import type { ReactNode } from 'react';
import {
  Button,
  Disclosure,
  DisclosurePanel,
  Heading,
  Label,
  Slider,
  SliderOutput,
  SliderThumb,
  SliderTrack,
} from 'react-aria-components';
import { GIB, LIMITS } from '../../../shared/settings.ts';
import { formatCount } from '../../../shared/units.ts';
import { Toggle } from '../../parts/choices.tsx';
import { useBytes } from '../../store/services.ts';
import { WHAT_IS_A_CHUNK } from '../../words/scan-words.ts';

export interface Tuned {
  readonly chunkBytes: number;
  /** null: as many as the host bears. */
  readonly workers: number | null;
  readonly withoutLitter: boolean;
  readonly measure: boolean;
}

const SIZES = [5, 10, 25, 50, 100, 250, 500, 1000].map((gib) => gib * GIB);
const MOST_WORKERS = 32;

export function FineTune({ tuned, tune }: { readonly tuned: Tuned; readonly tune: (tuned: Tuned) => void }): ReactNode {
  const bytes = useBytes();
  return (
    <Disclosure className="fine">
      <Heading level={2} className="fine-heading">
        <Button slot="trigger" className="fine-trigger">
          Fine-tune
        </Button>
      </Heading>
      <DisclosurePanel className="fine-panel">
        <Slider
          className="slider"
          minValue={0}
          maxValue={SIZES.length - 1}
          value={Math.max(
            0,
            SIZES.findLastIndex((size) => size <= tuned.chunkBytes),
          )}
          onChange={(index) => tune({ ...tuned, chunkBytes: SIZES[index] ?? tuned.chunkBytes })}
        >
          <Label>Size of a chunk</Label>
          <SliderOutput>up to {bytes(tuned.chunkBytes)}</SliderOutput>
          <Track />
          <p className="muted small">
            {WHAT_IS_A_CHUNK} It never holds more than {formatCount(LIMITS.chunkEntriesDefault)} entries.
          </p>
        </Slider>
        <Slider
          className="slider"
          minValue={0}
          maxValue={MOST_WORKERS}
          value={tuned.workers ?? 0}
          onChange={(count) => tune({ ...tuned, workers: count === 0 ? null : count })}
        >
          <Label>Workers at once</Label>
          <SliderOutput>{tuned.workers === null ? 'as the host bears' : formatCount(tuned.workers)}</SliderOutput>
          <Track />
          <p className="muted small">More are faster on solid-state disks and busier for everybody else.</p>
        </Slider>
        <Toggle
          on={tuned.withoutLitter}
          set={(on) => tune({ ...tuned, withoutLitter: on })}
          label="Leave out NAS litter (recycle bins, thumbnails, snapshots)"
        />
        <Toggle
          on={tuned.measure}
          set={(on) => tune({ ...tuned, measure: on })}
          label="Measure everything first, for the most even chunks"
        />
      </DisclosurePanel>
    </Disclosure>
  );
}

function Track(): ReactNode {
  return (
    <SliderTrack className="slider-track">
      <SliderThumb className="slider-thumb" />
    </SliderTrack>
  );
}
