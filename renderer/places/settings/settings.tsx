import type { ReactNode } from 'react';
import { Button, Label, RadioGroup } from 'react-aria-components';
import { NOTICE_KINDS, type DesktopSettings, type NoticeKind } from '../../../shared/desktop-settings.ts';
import { Option, Toggle } from '../../parts/choices.tsx';
import { Problem } from '../../parts/problem.tsx';
import { ShareField } from '../../parts/share-field.tsx';
import { useDesktop } from '../../store/services.ts';
import { useAct } from '../../store/use-request.ts';
import { DataCard } from './data-card.tsx';
import { ScanDefaultsCard } from './scan-defaults.tsx';

const THEMES = { system: 'As the system', light: 'Light', dark: 'Dark' } as const;
const UNITS = { binary: 'GiB, TiB (1 KiB is 1,024 bytes)', decimal: 'GB, TB (1 kB is 1,000 bytes)' } as const;
const NOTICES: Readonly<Record<NoticeKind, string>> = {
  finished: 'A scan ended',
  problems: 'Chunks failed for good',
  refused: 'A scan could not start',
  host: 'A host does not answer for over a minute',
};

/** What holds for the app; each change holds at once. */
export function Settings(): ReactNode {
  const settings = useDesktop((state) => state.settings);
  const note = useDesktop((state) => state.settingsNote);
  const mounts = useDesktop((state) => state.mounts) ?? [];
  const version = useDesktop((state) => state.version);
  const hasTray = useDesktop((state) => state.hasTray);
  const change = useAct('settings.change');
  const test = useAct('notice.test');
  const set = (changes: Parameters<typeof change.act>[0]): void => void change.act(changes);
  return (
    <>
      <header className="head">
        <h1>Settings</h1>
        <p className="muted">Each change holds at once.</p>
      </header>
      {note === null ? null : (
        <p className="notice attention path" role="status">
          {note}
        </p>
      )}
      {change.error === null ? null : <Problem error={change.error} />}
      <div className="settings">
        <Choices label="Theme" value={settings.theme} options={THEMES} choose={(theme) => set({ theme })} />
        <Choices label="Sizes" value={settings.units} options={UNITS} choose={(units) => set({ units })} />
        <section className="card" aria-labelledby="notices">
          <h2 id="notices">Notifications</h2>
          {NOTICE_KINDS.map((kind) => (
            <Toggle
              key={kind}
              on={settings.notices[kind]}
              set={(on) => set({ notices: { [kind]: on } })}
              label={NOTICES[kind]}
            />
          ))}
          <div className="row">
            <Button className="button" onPress={() => void test.act(undefined)}>
              Show a test notification
            </Button>
          </div>
        </section>
        <section className="card" aria-labelledby="computer">
          <h2 id="computer">This computer</h2>
          <Toggle
            on={settings.keepAwake}
            set={(keepAwake) => set({ keepAwake })}
            label="Keep it awake while a scan runs"
          />
          <Toggle
            on={settings.startAtLogin}
            set={(startAtLogin) => set({ startAtLogin })}
            label="Start at login, in the tray"
          />
          <p className="muted small">
            {hasTray
              ? 'A closed window leaves the app in the tray; Quit in its menu ends it.'
              : 'This desktop has no tray: a closed window is minimised; the app goes on.'}
          </p>
        </section>
        <ScanDefaultsCard scans={settings.scans} change={(scans) => set({ scans })} />
        <section className="card wide-card" aria-labelledby="shares">
          <h2 id="shares">Shares</h2>
          <p className="muted small">
            Where each mount point is reached from this computer, for “Open on this computer”. Files are shown in your
            file manager; nothing is opened or run.
          </p>
          {mounts.length === 0 ? <p className="muted">There is no mount point yet.</p> : null}
          {mounts.map((mount) => (
            <ShareField key={mount.mountId} mount={mount} />
          ))}
        </section>
        <DataCard />
        <section className="card wide-card" aria-labelledby="about">
          <h2 id="about">About</h2>
          <p>Smart Scanner {version}</p>
          <p className="muted small">No telemetry. The app asks nobody for updates.</p>
        </section>
      </div>
    </>
  );
}

function Choices<K extends DesktopSettings['theme'] | DesktopSettings['units']>({
  label,
  value,
  options,
  choose,
}: {
  readonly label: string;
  readonly value: K;
  readonly options: Readonly<Record<K, string>>;
  readonly choose: (value: K) => void;
}): ReactNode {
  return (
    <RadioGroup className="card" value={value} onChange={(key) => choose(key as K)}>
      <Label className="card-label">{label}</Label>
      {(Object.keys(options) as K[]).map((key) => (
        <Option key={key} value={key} className="radio">
          <span className="radio-dot" aria-hidden="true" /> {options[key]}
        </Option>
      ))}
    </RadioGroup>
  );
}
