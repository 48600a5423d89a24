import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Fix, SymptomId } from '../../shared/diagnosis.ts';
import { errorToJson, type ErrorJson } from '../../shared/errors.ts';
import type { Transport } from '../transport/transport.ts';
import { causeOf, next, START, type DoctorInput, type DoctorView, type Refused } from './doctor-machine.ts';

/** Each null: the newest scan; its host. */
export type DoctorAbout = Pick<DoctorView, 'scanId' | 'host'>;

export interface DoctorStore extends DoctorView {
  readonly choose: (about: DoctorAbout) => void;
  readonly begin: (symptom: SymptomId, about: DoctorAbout, refused?: Refused | null) => void;
  readonly wake: () => void;
  readonly leaveAsleep: () => void;
  /** Everything, also what the symptom has nothing to do with. */
  readonly widen: () => void;
  /** The same look once more; with the key of a cause: whether that is still so. */
  readonly again: (rechecks: string | null) => void;
  readonly enough: () => void;
  readonly press: (fix: Fix) => void;
  /** The refused scan once more; what became of it is told by `retried`. */
  readonly retry: () => void;
  readonly retried: (error: ErrorJson | null, said: string) => void;
  readonly pass: () => void;
  readonly back: (key: string) => void;
  readonly mute: (key: string) => void;
  readonly unmute: (key: string) => void;
  readonly goOn: () => void;
  readonly toBundle: () => void;
  readonly hash: (hashPaths: boolean) => void;
  readonly save: () => void;
  /** Ends the look; what a fix has started goes on. */
  readonly leave: () => void;
}

function tryAgain({ mountName, mountPath }: Refused): Fix {
  return {
    id: 'try-again',
    label: `Scan ${mountName} again`,
    changes: true,
    consequence: `Scans ${mountPath}; the inventory from before stays until the new one is whole.`,
    verify: 'Whether it begins and ends is seen here.',
    action: { do: 'look-again' },
    copy: null,
  };
}

/** The wizard of this window: its state, and what it asks of the app. */
export function createDoctorStore(transport: Transport): StoreApi<DoctorStore> {
  let wanted = 0;
  const store = createStore<DoctorStore>((set, get) => {
    const tell = (input: DoctorInput): void => set((view) => next(view, input));
    const failed = (error: unknown): void => tell({ kind: 'failed', error: errorToJson(error) });
    /** What comes after somebody has begun something else is dropped. */
    const current = <T>(asked: Promise<T>, then: (value: T) => void): void => {
      wanted += 1;
      const mine = wanted;
      asked.then(
        (value) => (mine === wanted ? then(value) : undefined),
        (error: unknown) => (mine === wanted ? failed(error) : undefined),
      );
    };
    const lookMore = (symptom: SymptomId, wakeDisks: boolean): void => {
      const { session } = get();
      if (session === null) return;
      current(transport.request('doctor.more', { session, symptom, wakeDisks }), (opened) =>
        tell({ kind: 'opened', opened }),
      );
    };
    const close = (): void => {
      wanted += 1;
      const { session } = get();
      if (session !== null) transport.request('doctor.close', { session }).catch(() => undefined);
    };
    const list = (): void => {
      const { session, hashPaths } = get();
      if (session === null) return;
      current(transport.request('doctor.bundle', { session, hashPaths }), (bundle) => tell({ kind: 'listed', bundle }));
    };
    return {
      ...START,
      choose: ({ scanId, host }) => {
        close();
        tell({ kind: 'choose', scanId, host });
      },
      begin: (symptom, { scanId, host }, refused = null) => {
        close();
        tell({ kind: 'begin', symptom, scanId, host, refused });
        current(transport.request('doctor.open', { symptom, scanId, host }), (opened) =>
          tell({ kind: 'opened', opened }),
        );
      },
      wake: () => {
        tell({ kind: 'wake' });
        lookMore(get().symptom ?? 'all', true);
      },
      leaveAsleep: () => tell({ kind: 'let-sleep' }),
      widen: () => {
        tell({ kind: 'widen' });
        lookMore('all', get().woken);
      },
      again: (rechecks) => {
        tell({ kind: 'again', rechecks });
        lookMore(get().symptom ?? 'all', get().woken);
      },
      enough: () => {
        const { session } = get();
        if (session !== null) transport.request('doctor.enough', { session }).catch(failed);
      },
      press: (fix) => {
        const { session, step } = get();
        if (session === null || step.name !== 'cause') return;
        tell({ kind: 'press', fix });
        transport.request('doctor.fix', { session, findingKey: step.key, fixId: fix.id }).catch(failed);
      },
      retry: () => {
        const { refused } = get();
        if (refused === null) return;
        tell({ kind: 'retry', fix: tryAgain(refused) });
        current(transport.request('scan.repeat', { runId: refused.runId }), ({ runId }) =>
          tell({ kind: 'news', news: { kind: 'run', runId } }),
        );
      },
      retried: (error, said) => tell({ kind: 'retried', error, said }),
      pass: () => tell({ kind: 'pass' }),
      back: (key) => tell({ kind: 'back', key }),
      mute: (key) => {
        const explains = causeOf(get(), key)?.explains ?? [];
        transport.request('doctor.mute', { key, muted: true }).then(() => {
          tell({ kind: 'muted', key });
          // What came of it has no cause now that is told: it is to be told itself.
          if (explains.length > 0) get().again(null);
        }, failed);
      },
      unmute: (key) => {
        transport.request('doctor.mute', { key, muted: false }).then(() => tell({ kind: 'unmuted', key }), failed);
      },
      goOn: () => tell({ kind: 'go-on' }),
      toBundle: () => {
        tell({ kind: 'to-bundle' });
        list();
      },
      hash: (hashPaths) => {
        tell({ kind: 'hash', hashPaths });
        list();
      },
      save: () => {
        const { session } = get();
        if (session === null) return;
        current(transport.request('doctor.save', { session }), ({ path }) => tell({ kind: 'saved', path }));
      },
      leave: () => {
        close();
        set(START);
      },
    };
  });
  transport.on('doctor', ({ session, ...news }) => {
    const view = store.getState();
    if (view.session !== session) return;
    store.setState(next(view, { kind: 'news', news }));
  });
  return store;
}
