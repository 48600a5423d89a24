import type { ReactNode } from 'react';
import {
  Button,
  Disclosure,
  DisclosurePanel,
  Heading,
  Input,
  Label,
  RadioGroup,
  Text,
  TextArea,
  TextField,
} from 'react-aria-components';
import type { HostView } from '../../../shared/hosts.ts';
import { EXCLUDE_PRESETS, GIB } from '../../../shared/settings.ts';
import { formatCount } from '../../../shared/units.ts';
import { Option, Toggle } from '../../parts/choices.tsx';
import { Amount } from '../../parts/amount.tsx';
import { Steps } from '../../parts/step-slider.tsx';
import { useBytes } from '../../store/services.ts';
import { counted } from '../../words/scan-words.ts';
import { changedWords, clampedWords, ENTRIES, type Tuned } from './tuned.ts';

const PLANS = [
  ['usual', 'As usual', 'From the last inventory; a first scan starts at once and divides as it goes.'],
  ['fast-start', 'Fast start', 'Starts at once and divides as it goes. Chunks are less even.'],
  ['measure', 'Measure first', 'Walks everything once before, for the most even chunks.'],
] as const;
const PRESET_WORDS: Readonly<Record<string, string>> = {
  nas: 'Leave out NAS litter: recycle bins, thumbnails, snapshots, lost+found',
};

/** The rest of a scan's settings; each has a good default. */
export function FineTune({
  tuned,
  tune,
  host,
}: {
  readonly tuned: Tuned;
  readonly tune: (tuned: Tuned) => void;
  readonly host: HostView | null;
}): ReactNode {
  const bytes = useBytes();
  const set = (change: Partial<Tuned>): void => tune({ ...tuned, ...change });
  const facts = host?.facts ?? null;
  const isDocker = host?.kind === 'docker';
  const changed = changedWords(tuned);
  return (
    <Disclosure className="fine">
      <Heading level={2} className="fine-heading">
        <Button slot="trigger" className="fine-trigger">
          Fine-tune{changed === null ? '' : ` (${changed})`}
        </Button>
      </Heading>
      <DisclosurePanel className="fine-panel">
        <Steps
          label="Most entries in a chunk"
          values={ENTRIES}
          value={tuned.chunkEntries}
          set={(chunkEntries) => set({ chunkEntries })}
          shown={`up to ${formatCount(tuned.chunkEntries)}`}
          means="However small the files are: a folder of 40 million small ones is divided, too."
        />
        {isDocker ? (
          <div className="pair">
            <Amount
              label="Processors a worker"
              value={tuned.cpus}
              set={(cpus) => set({ cpus })}
              min={0.5}
              max={256}
              step={0.5}
              means={clampedWords(tuned.cpus, facts?.cpus ?? null, (amount) => counted(amount, 'processor'))}
            />
            <Amount
              label="Memory a worker, GiB"
              value={tuned.memoryGib}
              set={(memoryGib) => set({ memoryGib })}
              min={0.5}
              max={1024}
              step={0.5}
              means={clampedWords(
                tuned.memoryGib * GIB,
                facts?.memoryBytes ?? null,
                (amount) => `${bytes(amount)} memory`,
              )}
            />
          </div>
        ) : null}
        <RadioGroup className="field" value={tuned.plan} onChange={(plan) => set({ plan: plan as Tuned['plan'] })}>
          <Label>Plan</Label>
          <div className="loads">
            {PLANS.map(([value, name, means]) => (
              <Option key={value} value={value} className="radio">
                <span className="radio-dot" aria-hidden="true" />
                <span className="radio-text">
                  {name} <span className="muted small">{means}</span>
                </span>
              </Option>
            ))}
          </div>
        </RadioGroup>
        <div className="field">
          <span className="card-label">Leave out</span>
          {Object.keys(EXCLUDE_PRESETS).map((name) => (
            <Toggle
              key={name}
              on={tuned.presets.includes(name)}
              set={(on) =>
                set({ presets: on ? [...tuned.presets, name] : tuned.presets.filter((one) => one !== name) })
              }
              label={PRESET_WORDS[name] ?? name}
            />
          ))}
          <TextField className="field" value={tuned.excludes} onChange={(excludes) => set({ excludes })}>
            <Label className="small">Rules of your own</Label>
            <TextArea className="input area" rows={2} spellCheck={false} placeholder={'*.tmp\n/Backups/old/'} />
            <Text slot="description" className="muted small">
              One a line, as in .gitignore. An excluded folder counts as one entry; the certificate names the rule.
            </Text>
          </TextField>
          <Toggle
            on={tuned.crossFilesystems}
            set={(crossFilesystems) => set({ crossFilesystems })}
            label="Also enter other file systems that are mounted below"
          />
        </div>
        <div className="field">
          <Toggle
            on={tuned.window !== null}
            set={(on) => set({ window: on ? { from: '23:00', to: '07:00' } : null })}
            label="Only at certain hours, and paused outside of them"
          />
          {tuned.window === null ? null : (
            <div className="row">
              <Hour
                label="From"
                value={tuned.window.from}
                set={(from) => set({ window: { to: '07:00', ...tuned.window, from } })}
              />
              <Hour
                label="To"
                value={tuned.window.to}
                set={(to) => set({ window: { from: '23:00', ...tuned.window, to } })}
              />
              <span className="muted small">by the host’s clock</span>
            </div>
          )}
        </div>
        <div className="triple">
          <Amount
            label="Stalled after, minutes"
            value={tuned.stallMinutes}
            set={(stallMinutes) => set({ stallMinutes })}
            min={1}
            max={240}
            means="A folder that answers nothing for so long is left to a worker of its own."
          />
          <Amount
            label="Measuring ends after, minutes"
            value={tuned.analysisMinutes}
            set={(analysisMinutes) => set({ analysisMinutes })}
            min={1}
            max={1_440}
            means="What is not measured by then is divided as if it were large."
          />
          <Amount
            label="Tries after a failure"
            value={tuned.retries}
            set={(retries) => set({ retries })}
            min={0}
            max={20}
            means="Of a chunk, before it counts as failed."
          />
        </div>
      </DisclosurePanel>
    </Disclosure>
  );
}

function Hour({
  label,
  value,
  set,
}: {
  readonly label: string;
  readonly value: string;
  readonly set: (value: string) => void;
}): ReactNode {
  return (
    <TextField className="hour" value={value} onChange={(time) => (time === '' ? undefined : set(time))}>
      <Label className="small">{label}</Label>
      <Input className="input" type="time" />
    </TextField>
  );
}
