import type { ReactNode } from 'react';
import { Button, Group, Input, Label, NumberField } from 'react-aria-components';
import { SCAN_DEFAULT_RANGES, type ScanDefaults } from '../../../shared/desktop-settings.ts';
import { GIB } from '../../../shared/settings.ts';
import { Choice } from '../../parts/choice.tsx';
import { Toggle } from '../../parts/choices.tsx';
import { LOAD_NAMES, LOADS } from '../../words/load-words.ts';

/** What every new scan begins with; its sheet may say otherwise. */
export function ScanDefaultsCard({
  scans,
  change,
}: {
  readonly scans: ScanDefaults;
  readonly change: (some: Partial<ScanDefaults>) => void;
}): ReactNode {
  const { chunkBytes, memoryBytes, maxContainers, cpus, retries, keepScans } = SCAN_DEFAULT_RANGES;
  return (
    <section className="card wide-card" aria-labelledby="scan-defaults">
      <h2 id="scan-defaults">New scans</h2>
      <p className="muted small">
        What the sheet of a new scan begins with. A rescan takes the settings of the last time.
      </p>
      <div className="numbers">
        <Choice
          label="Load"
          value={scans.load}
          options={LOAD_NAMES.map((name) => [name, LOADS[name].name] as const)}
          choose={(load) => change({ load })}
        />
        <Numeric
          label="Size of a chunk (GiB)"
          value={scans.chunkBytes / GIB}
          range={{ min: chunkBytes.min / GIB, max: chunkBytes.max / GIB }}
          change={(gib) => change({ chunkBytes: Math.round(gib * GIB) })}
        />
        <Numeric
          label="Workers at once (0: as the host bears)"
          value={scans.maxContainers ?? 0}
          range={{ min: 0, max: maxContainers.max }}
          change={(count) => change({ maxContainers: count === 0 ? null : count })}
        />
        <Numeric
          label="CPUs of a worker, at most"
          value={scans.cpus}
          range={{ min: 1, max: cpus.max }}
          change={(count) => change({ cpus: count })}
        />
        <Numeric
          label="Memory of a worker, at most (GiB)"
          value={scans.memoryBytes / GIB}
          range={{ min: Math.max(1, memoryBytes.min / GIB), max: memoryBytes.max / GIB }}
          change={(gib) => change({ memoryBytes: Math.round(gib * GIB) })}
        />
        <Numeric
          label="Further tries of a chunk that failed"
          value={scans.retries}
          range={retries}
          change={(count) => change({ retries: count })}
        />
        <Numeric
          label="Inventories kept of each mount point"
          value={scans.keepScans}
          range={keepScans}
          change={(count) => change({ keepScans: count })}
        />
      </div>
      <Toggle
        on={scans.withoutLitter}
        set={(withoutLitter) => change({ withoutLitter })}
        label="Leave out NAS litter (recycle bins, thumbnails, snapshots)"
      />
    </section>
  );
}

/** Out of its range, a number becomes the nearest in it. */
function Numeric({
  label,
  value,
  range,
  change,
}: {
  readonly label: string;
  readonly value: number;
  readonly range: { readonly min: number; readonly max: number };
  readonly change: (value: number) => void;
}): ReactNode {
  return (
    <NumberField
      className="field number"
      value={value}
      minValue={range.min}
      maxValue={range.max}
      step={1}
      onChange={(next) => (Number.isFinite(next) ? change(next) : undefined)}
    >
      <Label>{label}</Label>
      <Group className="number-group">
        <Button slot="decrement" className="number-step">
          −
        </Button>
        <Input className="input" />
        <Button slot="increment" className="number-step">
          +
        </Button>
      </Group>
    </NumberField>
  );
}
