import type { ContainerInspectInfo } from 'dockerode';
import type { AttemptStatus } from '../runtime.ts';
import { stateOf } from './found.ts';

/** What inspect says of a worker's container. */
export function toStatus(found: ContainerInspectInfo): AttemptStatus {
  const { State } = found;
  const state = stateOf(State.Status);
  const time = (text: string): number | null => (text.startsWith('0001') ? null : Date.parse(text));
  return {
    state,
    exitCode: state === 'exited' ? State.ExitCode : null,
    oomKilled: State.OOMKilled,
    startedAtMs: time(State.StartedAt),
    finishedAtMs: time(State.FinishedAt),
    health: State.Health?.Status ?? null,
    error: State.Error === '' ? null : State.Error,
    // Without the profile and the rest of what we set ourselves: evidence is what happened.
    raw: {
      Id: found.Id,
      Name: found.Name,
      Image: found.Image,
      State,
      RestartCount: found.RestartCount,
      Mounts: found.Mounts,
    },
  };
}
