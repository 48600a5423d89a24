import type { DesktopState, StatePatch } from '../../shared/desktop-state.ts';

/** The state after a patch; `old` where it tells nothing new, `gap` where one before it is missing: then the whole state is asked for. */
export function applyPatch(state: DesktopState, patch: StatePatch): DesktopState | 'old' | 'gap' {
  if (patch.revision <= state.revision) return 'old';
  if (patch.revision !== state.revision + 1) return 'gap';
  return { ...state, ...patch, runs: { ...state.runs, ...patch.runs } };
}
