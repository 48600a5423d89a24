import type { LoadName } from '../../shared/settings.ts';

export const LOADS: Readonly<Record<LoadName, { readonly name: string; readonly means: string }>> = {
  gentle: { name: 'Gentle', means: 'One worker, which rests most of the time while others use the NAS.' },
  balanced: { name: 'Balanced', means: 'As many workers as the disks take without slowing others down much.' },
  fast: { name: 'Fast', means: 'As many workers as allowed: the NAS is busy with this.' },
};
export const LOAD_NAMES = Object.keys(LOADS) as LoadName[];
