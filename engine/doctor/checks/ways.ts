import type { Fix } from '../../../shared/diagnosis.ts';
import { toSmartScannerError, type ErrorCode, type SmartScannerError } from '../../../shared/errors.ts';
import { copy, LOOK_AGAIN } from '../fixes.ts';
import type { FindingId } from '../kinds.ts';
import type { Look } from '../look.ts';
import type { Check, Found, Seen } from '../types.ts';

/** The steps of the way to a daemon, and who says so where one fails. Docker's own steps are those of the check `daemon`. */
type Step = 'name' | 'port' | 'certificate' | 'host key' | 'log-in' | 'session';

const FAILED: Readonly<Partial<Record<ErrorCode, readonly [Step, FindingId]>>> = {
  HOST_NAME: ['name', 'host-name'],
  HOST_PORT_CLOSED: ['port', 'host-port-closed'],
  HOST_NO_ANSWER: ['port', 'host-silent'],
  DEADLINE: ['port', 'host-silent'],
  TLS_FILES: ['certificate', 'host-certificate'],
  TLS_NEEDED: ['certificate', 'host-certificate'],
  TLS_NOT_SPOKEN: ['certificate', 'host-certificate'],
  TLS_EXPIRED: ['certificate', 'host-certificate'],
  TLS_CLOCK: ['certificate', 'host-certificate'],
  TLS_CA: ['certificate', 'host-certificate'],
  TLS_NAME: ['certificate', 'host-certificate'],
  TLS_CLIENT_CERTIFICATE: ['certificate', 'host-certificate'],
  SSH_MISSING: ['log-in', 'ssh-setup'],
  SSH_CONFIG: ['log-in', 'ssh-setup'],
  SSH_HOST_KEY_UNKNOWN: ['host key', 'ssh-host-key-unknown'],
  SSH_HOST_KEY_CHANGED: ['host key', 'ssh-host-key-changed'],
  SSH_NO_KEY: ['log-in', 'ssh-no-key'],
  SSH_PASSPHRASE: ['log-in', 'ssh-key-locked'],
  PASSPHRASE_WRONG: ['log-in', 'ssh-key-locked'],
  SSH_LOGIN: ['log-in', 'ssh-login-refused'],
  SSH_FAILED: ['session', 'ssh-lost'],
  SSH_LOST: ['session', 'ssh-lost'],
  SSH_FORWARDING: ['session', 'ssh-forwarding'],
};
const STEPS = {
  tcp: ['name', 'port', 'certificate'],
  ssh: ['name', 'port', 'host key', 'log-in', 'session'],
} as const satisfies Record<string, readonly Step[]>;
const OF_SSH: readonly Step[] = ['host key', 'log-in', 'session'];

const common = {
  category: 'host',
  needs: [],
  wakesDisks: false,
  cost: 'one connection to the host, which the other checks share',
  timeoutMs: 60_000,
} as const;

/** Whether the way to the daemon itself failed, and at which step. */
export function failedStep(error: SmartScannerError): readonly [Step, FindingId] | null {
  return FAILED[error.code] ?? null;
}

/** Commands that the error's own advice names. */
function toCopy({ hint }: SmartScannerError): Fix[] {
  return [...(hint ?? '').matchAll(/`([^`]+)`/gu)].map(([, command = ''], index) =>
    copy(
      `copy-command-${index + 1}`,
      `Copy \`${command}\``,
      command,
      'To be run by you in a terminal.',
      'Look again afterwards.',
    ),
  );
}

export function foundOnWay(id: FindingId, error: SmartScannerError, evidence: readonly string[]): Found {
  return {
    id,
    seen: error.message,
    confidence: 'certain',
    evidence: [error.code, ...evidence],
    fixes: [...toCopy(error), LOOK_AGAIN],
    ...(error.hint === undefined ? {} : { advice: [error.hint] }),
  };
}

function passed(kind: keyof typeof STEPS, failed: Step | null): string[] {
  const steps: readonly Step[] = STEPS[kind];
  const at = failed === null ? steps.length : Math.max(0, steps.indexOf(failed));
  return steps.map((step, index) => `${step}: ${index < at ? 'passed' : index === at ? 'failed' : 'not reached'}`);
}

const isFar = async (look: Look): Promise<boolean> => (await look.way().catch(() => null))?.isRemote ?? true;

export const host: Check = {
  ...common,
  id: 'host',
  title: 'The host can be reached',
  finds: ['host-unknown', 'host-name', 'host-port-closed', 'host-silent', 'host-certificate', 'host-open'],
  applicable: isFar,
  run: async (look): Promise<Seen> => {
    let way: Awaited<ReturnType<Look['way']>>;
    try {
      way = await look.way();
    } catch (error) {
      const failure = toSmartScannerError(error);
      return { said: failure.message, findings: [foundOnWay('host-unknown', failure, [])] };
    }
    const { endpoint } = way;
    const { address, kind } = endpoint;
    const state = await look.daemon();
    if (kind === 'socket') return { said: `${address} is on this computer.`, findings: [] };
    if (state.reached) {
      const { warning } = state.info;
      const said = `${address}: ${passed(kind, null).join(', ')}.`;
      if (warning === null) return { said, findings: [] };
      return { said, findings: [{ id: 'host-open', seen: warning, confidence: 'certain', evidence: [address] }] };
    }
    const [step, id] = failedStep(state.error) ?? [null, null];
    if (step === null || OF_SSH.includes(step))
      return { said: `${address}: name and port answer.`, findings: [], unknown: step === null };
    return {
      said: `${address}: ${passed(kind, step).join(', ')}.`,
      findings: [foundOnWay(id, state.error, passed(kind, step))],
    };
  },
};

export const ssh: Check = {
  ...common,
  id: 'ssh',
  title: 'SSH lets us in',
  cost: 'the same connection; asks ssh and its agent on this computer',
  finds: [
    'ssh-setup',
    'ssh-host-key-unknown',
    'ssh-host-key-changed',
    'ssh-no-key',
    'ssh-key-locked',
    'ssh-login-refused',
    'ssh-lost',
    'ssh-forwarding',
  ],
  applicable: async (look) => (await look.way().catch(() => null))?.endpoint.kind === 'ssh',
  run: async (look): Promise<Seen> => {
    const [state, { lines }] = await Promise.all([look.daemon(), look.sshHere()]);
    if (state.reached)
      return { said: `Logged in; one connection carries everything. ${lines[0] ?? ''}.`, findings: [] };
    const [step, id] = failedStep(state.error) ?? [null, null];
    if (step === null) return { said: 'Logged in.', findings: [] };
    if (!OF_SSH.includes(step)) return { said: 'Not reached.', findings: [], unknown: true };
    return { said: state.error.message, findings: [foundOnWay(id, state.error, [...passed('ssh', step), ...lines])] };
  },
};
