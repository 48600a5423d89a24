import type { App, DiagnoseRequest, ScanListener } from '../../engine/app/app.ts';
import { SYMPTOMS, type CheckInfo, type Diagnosis, type SymptomId } from '../../shared/diagnosis.ts';
import type { BundleEntry, DoctorEvent, DoctorNews, DoctorOpened } from '../../shared/doctor-events.ts';
import { errorToJson, SmartScannerError } from '../../shared/errors.ts';
import type { Desktop } from './desktop.ts';

export interface DoctorOptions {
  readonly app: App;
  readonly desktop: Pick<Desktop, 'fixScans' | 'ended'>;
  readonly send: (window: number, event: DoctorEvent) => void;
  /** Asks for a place to save to; null: none was chosen. */
  readonly askPlace: (suggested: string) => Promise<string | null>;
  readonly now: () => number;
}

interface Session {
  readonly window: number;
  readonly session: number;
  readonly scan: string;
  /** null: that of the scan. */
  readonly host: string | null;
  readonly ended: AbortController;
  symptom: SymptomId;
  wakeDisks: boolean;
  look: AbortController;
  /** What was found last. */
  diagnosis: Diagnosis | null;
  /** A fix is at work. */
  isBusy: boolean;
  bundle: PendingBundle | null;
}

/** What was listed, until somebody says where to save it. */
interface PendingBundle {
  readonly decide: (path: string | null) => void;
  readonly saved: Promise<string | null>;
}

/** The doctor for windows: one session a window, which ends with it. What a fix has started goes on. */
export class DoctorSessions {
  readonly #options: DoctorOptions;
  readonly #open = new Map<number, Session>();
  #last = 0;

  constructor(options: DoctorOptions) {
    this.#options = options;
  }

  open(window: number, symptom: SymptomId, scanId: string | null, host: string | null): DoctorOpened {
    this.closeAll(window);
    this.#last += 1;
    const session: Session = {
      window,
      session: this.#last,
      scan: scanId ?? 'latest',
      host,
      ended: new AbortController(),
      symptom,
      wakeDisks: false,
      look: new AbortController(),
      diagnosis: null,
      isBusy: false,
      bundle: null,
    };
    this.#open.set(window, session);
    return this.#look(session);
  }

  more(window: number, number: number, symptom: SymptomId, wakeDisks: boolean): DoctorOpened {
    const session = this.#of(window, number);
    session.look.abort();
    session.symptom = symptom;
    session.wakeDisks ||= wakeDisks;
    return this.#look(session);
  }

  enough(window: number, number: number): void {
    this.#of(window, number).look.abort();
  }

  /** Of this finding: two may have fixes that are called alike. */
  fix(window: number, number: number, findingKey: string, fixId: string): void {
    const session = this.#of(window, number);
    if (session.isBusy) throw new SmartScannerError('USAGE', 'Another fix is at work.', { hint: 'Wait for its end.' });
    session.isBusy = true;
    void this.#fix(session, findingKey, fixId).finally(() => (session.isBusy = false));
  }

  async contents(window: number, number: number, hashPaths: boolean): Promise<readonly BundleEntry[]> {
    const session = this.#of(window, number);
    session.bundle?.decide(null);
    session.bundle = null;
    return await new Promise<readonly BundleEntry[]>((resolve, reject) => {
      const saved = this.#options.app.commands
        .bundle(
          { ...this.#request(session), path: '', hashPaths, found: session.diagnosis },
          (files) =>
            new Promise((decide) => {
              session.bundle = { decide: (path) => decide(path ?? false), saved };
              session.ended.signal.addEventListener('abort', () => decide(false), { once: true });
              resolve(files);
            }),
          session.ended.signal,
        )
        .then(({ path }) => path);
      // Whoever saves hears of it; before that it is the answer to this.
      saved.catch(reject);
    });
  }

  async save(window: number, number: number): Promise<string | null> {
    const { bundle } = this.#of(window, number);
    if (bundle === null)
      throw new SmartScannerError('USAGE', 'Nothing is listed to be saved.', { hint: 'List the contents first.' });
    const day = new Date(this.#options.now()).toISOString().slice(0, 10);
    const path = await this.#options.askPlace(`smart-scanner-support-${day}.zip`);
    if (path === null) return null;
    bundle.decide(path);
    this.#of(window, number).bundle = null;
    return await bundle.saved;
  }

  close(window: number, number: number): void {
    if (this.#open.get(window)?.session === number) this.closeAll(window);
  }

  closeAll(window: number): void {
    this.#open.get(window)?.ended.abort();
    this.#open.delete(window);
  }

  #of(window: number, number: number): Session {
    const session = this.#open.get(window);
    if (session?.session !== number)
      throw new SmartScannerError('USAGE', 'This look of the doctor is over.', { hint: 'Begin a new one.' });
    return session;
  }

  #look(session: Session): DoctorOpened {
    const { symptom, wakeDisks, scan, host } = session;
    const wanted = checksOf(this.#options.app.queries.checks(), symptom);
    const checks = wanted.filter((check) => wakeDisks || !check.wakesDisks);
    const look = new AbortController();
    session.look = look;
    const signal = AbortSignal.any([look.signal, session.ended.signal]);
    const isCurrent = (): boolean => session.look === look;
    // The answer with its number goes out before the first result does.
    setImmediate(() => {
      this.#options.app.queries
        .diagnose(
          { scan, host, wakeDisks, only: checks.map(({ id }) => id) },
          (result) => (isCurrent() ? this.#send(session, { kind: 'result', result }) : undefined),
          signal,
        )
        .then(
          (diagnosis) => {
            if (!isCurrent()) return;
            session.diagnosis = diagnosis;
            this.#send(session, { kind: 'looked', diagnosis });
          },
          (error: unknown) => this.#send(session, { kind: 'broke', during: 'look', error: errorToJson(error) }),
        );
    });
    return { session: session.session, checks, held: wanted.filter((check) => !checks.includes(check)) };
  }

  async #fix(session: Session, findingKey: string, fixId: string): Promise<void> {
    const { app, desktop } = this.#options;
    const listener: ScanListener = {
      snapshot: () => undefined,
      log: () => undefined,
      progress: (line) => this.#send(session, { kind: 'said', line }),
    };
    const scans = desktop.fixScans((runId) => this.#send(session, { kind: 'run', runId }));
    try {
      await this.#untilScanEnded(session, findingKey, fixId);
      const request = { ...this.#request(session), fixId, findingKey, until: 'ended' as const };
      const outcome = await app.commands.fix(request, listener, session.ended.signal, scans);
      this.#send(session, { kind: 'fixed', outcome });
    } catch (error) {
      this.#send(session, { kind: 'broke', during: 'fix', error: errorToJson(error) });
    }
  }

  /** Parts of a scan can be tried again only once it has ended; the others go on meanwhile. */
  async #untilScanEnded(session: Session, findingKey: string, fixId: string): Promise<void> {
    const known = [...(session.diagnosis?.findings ?? []), ...(session.diagnosis?.muted ?? [])];
    const action = known.find(({ key }) => key === findingKey)?.fixes.find(({ id }) => id === fixId)?.action;
    if (action?.do !== 'retry') return;
    const ended = this.#options.desktop.ended(action.scanId);
    if (ended === null) return;
    this.#send(session, { kind: 'said', line: 'The rest of the scan goes on; this begins when it has ended.' });
    await ended;
  }

  #request({ scan, host, symptom, wakeDisks }: Session): DiagnoseRequest {
    return { scan, host, wakeDisks, only: checksOf(this.#options.app.queries.checks(), symptom).map(({ id }) => id) };
  }

  #send(session: Session, news: DoctorNews): void {
    if (session.ended.signal.aborted) return;
    this.#options.send(session.window, { ...news, session: session.session });
  }
}

/** In the order of the symptom; all of them in their own. */
export function checksOf(all: readonly CheckInfo[], symptom: SymptomId): CheckInfo[] {
  const ids: readonly string[] | null = SYMPTOMS.find(({ id }) => id === symptom)?.checks ?? null;
  if (ids === null) return [...all];
  return ids.flatMap((id) => all.find((check) => check.id === id) ?? []);
}
