import { describe, expect, it } from 'vitest';
import type { Fix } from '../../shared/diagnosis.ts';
import { defaultSettings } from '../../shared/settings.ts';
import { exclude, LOOK_AGAIN, press, scanAgain } from './fixes.ts';
import { KINDS, type FindingId } from './kinds.ts';
import type { Look } from './look.ts';
import { EXPLAINS, findingsOf } from './reasoning.ts';
import { runChecks } from './runner.ts';
import type { Check, CheckResult, Diagnosis, Finding, Found } from './types.ts';

const look = {} as Look;

function check(id: string, more: Partial<Check>): Check {
  return {
    id,
    title: id,
    category: 'host',
    needs: [],
    wakesDisks: false,
    cost: '',
    timeoutMs: 10_000,
    finds: ['docker-unreachable'],
    applicable: () => Promise.resolve(true),
    run: () => Promise.resolve({ said: 'well', findings: [] }),
    ...more,
  };
}

function run(checks: readonly Check[], signal = new AbortController().signal): Promise<Diagnosis> {
  return runChecks({ checks, look, signal });
}

const found = (id: FindingId, confidence: Found['confidence'] = 'certain'): Found => ({
  id,
  seen: `${id}.`,
  confidence,
  evidence: [id],
});

describe('a check that can not look is unknown, and the others say what they saw', () => {
  it.each([
    ['throws', () => Promise.reject(new Error('no such socket'))],
    [
      'throws at once',
      () => {
        throw new Error('no such socket');
      },
    ],
    ['hangs', () => new Promise<never>(() => undefined)],
    ['finds what it does not name', () => Promise.resolve({ said: '', findings: [found('leftovers')] })],
  ])('%s', async (_how, work) => {
    const { checks, findings, summary } = await run([check('bad', { run: work, timeoutMs: 50 }), check('good', {})]);
    expect(checks.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['bad', 'unknown'],
      ['good', 'ok'],
    ]);
    expect(findings).toEqual([]);
    expect(summary).toBe('Nothing wrong was found (2 checks, 1 could not look).');
  });

  it('also one whose question whether it applies hangs, and the signal of each ends with it', async () => {
    let ended = false;
    const hangs = check('hangs', {
      timeoutMs: 50,
      run: (_look, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            ended = true;
            reject(new Error('cut'));
          });
        }),
    });
    const never = check('never', { timeoutMs: 50, applicable: () => new Promise(() => undefined) });
    const { checks } = await run([hangs, never]);
    expect(checks.map(({ verdict }) => verdict)).toEqual(['unknown', 'unknown']);
    expect(ended).toBe(true);
  });

  it('all of them once nobody wants to know any more', async () => {
    const { checks } = await run([check('a', {}), check('b', {})], AbortSignal.abort());
    expect(checks.map(({ verdict }) => verdict)).toEqual(['unknown', 'unknown']);
  });
});

it('runs no more than six at a time, and tells each as it ends', async () => {
  let now = 0;
  let most = 0;
  const told: string[] = [];
  const checks = Array.from({ length: 20 }, (_none, index) =>
    check(`c${index}`, {
      run: async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setImmediate(resolve));
        now -= 1;
        return { said: '', findings: [] };
      },
    }),
  );
  await runChecks({ checks, look, signal: new AbortController().signal, onResult: ({ id }) => told.push(id) });
  expect(most).toBe(6);
  expect(told).toHaveLength(20);
});

it('what hangs with a worker holds up no check that answers without one', async () => {
  const stopping = new AbortController();
  const told: string[] = [];
  const hangs = Array.from({ length: 8 }, (_none, index) =>
    check(`hangs-${index}`, { needs: ['daemon', 'image'], run: () => new Promise(() => undefined) }),
  );
  const quick = [check('catalog', { needs: ['catalog'] }), check('space', { needs: ['data directory'] })];
  const running = runChecks({
    checks: [...hangs, ...quick],
    look,
    signal: stopping.signal,
    onResult: ({ id }) => {
      told.push(id);
      if (told.length === quick.length) stopping.abort();
    },
  });
  const { checks } = await running;
  expect(told.slice(0, 2)).toEqual(['space', 'catalog']);
  // They are read in the order in which they were given all the same.
  expect(checks.map(({ id }) => id)).toEqual([...hangs, ...quick].map(({ id }) => id));
});

it('leaves out what does not apply', async () => {
  expect((await run([check('no', { applicable: () => Promise.resolve(false) })])).checks).toEqual([]);
});

describe('root causes', () => {
  const result = (id: string, ...findings: readonly Found[]): CheckResult => ({
    id,
    title: id,
    category: 'scan',
    verdict: 'problem',
    said: '',
    durationMs: 1,
    findings,
  });
  const causes = (checks: readonly CheckResult[]): readonly Finding[] => findingsOf(checks).findings;
  const at = (mount: string, id: FindingId, fixes: readonly Fix[] = []): Found => ({
    ...found(id),
    about: mount,
    mount,
    fixes,
  });
  const scan = { mountName: 'T', mountPath: '/mnt/T', settings: defaultSettings() };

  it('a dead daemon explains forty failed chunks: one finding', () => {
    const [only, ...more] = causes([
      result('scan-outcome', found('chunks-failed')),
      result(
        'log-patterns',
        found('worker-start-failed'),
        found('log-errors'),
        found('docker-unreachable', 'possible'),
      ),
      result('daemon', found('docker-unreachable')),
    ]);
    expect(more).toEqual([]);
    expect(only).toMatchObject({ id: 'docker-unreachable', confidence: 'certain', checks: ['log-patterns', 'daemon'] });
    expect(only?.explains).toEqual(['chunks-failed', 'log-errors', 'worker-start-failed']);
  });

  it('two causes stay two, the surer first, and warnings after problems', () => {
    const ids = causes([result('a', found('leftovers'), found('disk-full', 'likely'), found('gaps-permission'))]).map(
      ({ id }) => id,
    );
    expect(ids).toEqual(['gaps-permission', 'disk-full', 'leftovers']);
  });

  it('nothing explains itself, nor two each other: neither would be shown', () => {
    for (const [cause, consequences] of Object.entries(EXPLAINS)) {
      expect(consequences, cause).not.toContain(cause);
      for (const consequence of consequences) {
        expect(KINDS[consequence]).toBeDefined();
        expect(EXPLAINS[consequence] ?? [], `${cause} and ${consequence}`).not.toContain(cause);
      }
    }
  });

  it.each(Object.entries(EXPLAINS).flatMap(([cause, all]) => all.map((one) => [cause as FindingId, one] as const)))(
    '%s hides %s, which alone is shown',
    (cause, consequence) => {
      expect(causes([result('a', found(consequence), found(cause))]).map(({ id }) => id)).toEqual([cause]);
      expect(causes([result('a', found(consequence))]).map(({ id }) => id)).toEqual([consequence]);
    },
  );

  it('explain what happened to their own mount, or to all of them where they are of the host', () => {
    const gone = at('A', 'mount-missing');
    const both = causes([result('a', gone, at('T', 'scan-not-published'), at('A', 'scan-not-published'))]);
    expect(both.map(({ key, explains }) => [key, explains])).toEqual([
      ['mount-missing:A', ['scan-not-published']],
      ['scan-not-published:T', []],
    ]);
    const host = causes([result('a', found('docker-unreachable'), at('T', 'chunks-failed'), at('A', 'chunks-failed'))]);
    expect(host.map(({ key }) => key)).toEqual(['docker-unreachable']);
  });

  it('that are muted explain nothing: what comes of them is told', () => {
    const checks = [result('a', at('T', 'mount-missing'), at('T', 'scan-not-published'))];
    const told = findingsOf(checks, new Set(['mount-missing:T']));
    expect(told.findings.map(({ key }) => key)).toEqual(['scan-not-published:T']);
    expect(told.muted.map(({ key }) => key)).toEqual(['mount-missing:T']);
    expect(findingsOf(checks, new Set(['mount-missing:T', 'scan-not-published:T'])).findings).toEqual([]);
  });

  it('do not offer to take what is found for the inventory, and name what they explain once', () => {
    const publish = scanAgain(scan, { publish: true }, 'Take it', 'publish');
    const again = scanAgain(scan, {}, 'Scan again');
    const [alone] = causes([result('a', at('T', 'scan-not-published', [again, publish]))]);
    expect(alone?.fixes).toEqual([again, publish]);
    for (const id of ['mount-missing', 'mount-empty'] as const) {
      const [gone] = causes([result('a', at('T', id), at('T', 'scan-not-published', [again, publish]))]);
      expect(gone?.fixes).toEqual([again]);
      expect(gone?.explains).toEqual(['scan-not-published']);
    }
  });

  it('have fixes that are called alike only where they do the same', () => {
    const retry = (maxContainers: number): Fix =>
      press(
        'retry-failed:T',
        'Retry',
        { do: 'retry', scanId: 's', mountName: 'T', which: 'failed', changes: { maxContainers } },
        { consequence: '', verify: '' },
      );
    const all = causes([
      result('a', at('T', 'gaps-permission', [retry(2), LOOK_AGAIN]), at('T', 'disk-errors', [retry(1), LOOK_AGAIN])),
    ]);
    const ids = all.flatMap(({ fixes }) => fixes.map(({ id }) => id));
    expect(ids.filter((id) => id === 'look-again')).toHaveLength(2);
    const retries = ids.filter((id) => id.startsWith('retry-failed:T'));
    expect(retries[0]).toBe('retry-failed:T');
    expect(new Set(retries).size).toBe(2);
  });
});

describe('fixes', () => {
  const scan = { mountName: 'T', mountPath: '/mnt/T', settings: defaultSettings() };

  it('agree to a smaller inventory for one scan only', () => {
    const publishing = { ...scan, settings: { ...scan.settings, publish: true } };
    const settingsOf = ({ action }: Fix): unknown => (action?.do === 'scan' ? action.settings.publish : null);
    expect(settingsOf(scanAgain(publishing, { stallTimeoutMs: 60_000 }, 'Scan again'))).toBe(false);
    expect(settingsOf(scanAgain(scan, { publish: true }, 'Take it', 'publish'))).toBe(true);
  });

  it('that leave out other directories have other ids', () => {
    const [a, c, again] = [['a'], ['c'], ['a']].map((paths) => exclude(scan, paths).id);
    expect(a).toMatch(/^exclude-[0-9a-f]{6}:T$/u);
    expect(c).not.toBe(a);
    expect(again).toBe(a);
  });
});
