import type { ReactNode } from 'react';

/** Lines on a grid of 20; drawn for this app. */
const PATHS = {
  overview: 'M3 10 10 4l7 6M5 9v7h10V9',
  scans: 'M4 5h12M4 10h8M4 15h5M15 12v5M12.5 14.5h5',
  files: 'M3 5h5l2 2h7v9H3z',
  nas: 'M4 4h12v5H4zM4 11h12v5H4zM7 6.5h.01M7 13.5h.01',
  settings: 'M4 6h8M15 6h1M4 14h1M8 14h8M12 4v4M6 12v4',
  logs: 'M4 5h12M4 9h12M4 13h7',
  plus: 'M10 4v12M4 10h12',
  close: 'M5 5l10 10M15 5 5 15',
  folder: 'M3 5h5l2 2h7v9H3z',
  file: 'M5 3h7l3 3v11H5z',
  check: 'M4 10.5 8 14.5 16 6',
  cross: 'M6 6l8 8M14 6l-8 8',
  note: 'M10 5v6M10 14.5h.01',
  dash: 'M6 10h8',
  doctor: 'M10 3v0M8.2 4.2A7 7 0 1 0 10 3.5M7.6 8a2.4 2.4 0 1 1 3.5 2.1c-.8.4-1.1.9-1.1 1.7M10 14.2v.1',
  warning: 'M10 3.5 17.5 16.5h-15zM10 8.5v3.5M10 14.3v.1',
  moon: 'M15.5 12.2A6.5 6.5 0 0 1 7.8 4.5a6.5 6.5 0 1 0 7.7 7.7z',
  up: 'M10 16V5M5 10l5-5 5 5',
} as const;
export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }): ReactNode {
  return (
    <svg className="icon" viewBox="0 0 20 20" width="18" height="18" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
