import { createHash } from 'node:crypto';
import type { Fix, FixAction, ResumeChanges } from '../../shared/diagnosis.ts';
import { formatCount } from '../../shared/units.ts';
import type { ExaminedScan } from '../catalog/examine.ts';

const CERTIFICATE = 'Its certificate tells what is still missing.';

export function press(
  id: string,
  label: string,
  action: FixAction,
  more: Pick<Fix, 'consequence' | 'verify' | 'verifiedBy'> & { readonly changes?: boolean },
): Fix {
  const { changes = true, ...rest } = more;
  return { id, label, changes, ...rest, action, copy: null };
}

/** For what would harm others, or has to be done elsewhere. */
export function copy(id: string, label: string, text: string, consequence: string, verify: string): Fix {
  return { id, label, changes: true, consequence, verify, action: null, copy: text };
}

export const BUILD_IMAGE: Fix = press(
  'build-image',
  'Build the image',
  { do: 'build-image' },
  {
    consequence: 'Builds the worker image on the host (once, about 200 MB).',
    verify: 'The image is looked at again.',
    // Logs and attempts of before stay as they are.
    verifiedBy: ['image', 'worker-start'],
  },
);

/** Where a look can change by itself or by somebody's hand. */
export const LOOK_AGAIN: Fix = press(
  'look-again',
  'Look again',
  { do: 'look-again' },
  {
    changes: false,
    consequence: 'Changes nothing.',
    verify: 'The same checks look once more.',
  },
);

/** For a shell that somebody pastes it into. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The whole mount once more. That an inventory may shrink is agreed to for one scan, never for those after it. */
export function scanAgain(
  scan: Pick<ExaminedScan, 'mountName' | 'mountPath' | 'settings'>,
  changes: Partial<ExaminedScan['settings']>,
  label: string,
  kind = 'scan-again',
): Fix {
  const { mountName, mountPath, settings } = scan;
  return press(
    `${kind}:${mountName}`,
    label,
    { do: 'scan', mountPath, mountName, settings: { ...settings, publish: false, ...changes } },
    {
      consequence: `Scans ${mountPath} again as "${mountName}"; the inventory from before stays until the new one is whole.`,
      verify: CERTIFICATE,
    },
  );
}

/** Leaves them out from now on: what lies below is not looked at, and the certificate says so. */
export function exclude(scan: Parameters<typeof scanAgain>[0], paths: readonly string[]): Fix {
  return scanAgain(
    scan,
    { excludes: [...scan.settings.excludes, ...paths.map(rule)] },
    `Scan again without ${paths.map((path) => `\`${path}\``).join(', ')}`,
    // Other directories are another fix, also to who types its id.
    `exclude-${shortHash(JSON.stringify([...paths].sort()))}`,
  );
}

/** Of what a fix is for, to be read off and typed. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 6);
}

/** A gitignore line for exactly this path. */
function rule(path: string): string {
  return `/${path.replace(/[\\*?[\]!# ]/gu, (mark) => `\\${mark}`)}`;
}

type RetryChanges = Extract<FixAction, { do: 'retry' }>['changes'];

/** Only what failed, with what is done kept. */
export function retryFailed(scan: ExaminedScan, changes: RetryChanges = {}, how = ''): Fix {
  const failed = scan.chunks['failed'] ?? 0;
  const what = failed === 0 ? 'what failed' : `${formatCount(failed)} failed ${failed === 1 ? 'chunk' : 'chunks'}`;
  return press(
    `retry-failed:${scan.mountName}`,
    `${how === '' ? 'Retry' : `${how}, retry`} ${what}`,
    { do: 'retry', scanId: scan.scanId, mountName: scan.mountName, which: 'failed', changes },
    { consequence: 'Tries only what failed; what is done stays as it is.', verify: CERTIFICATE },
  );
}

export function retrySetAside(scan: ExaminedScan): Fix {
  return press(
    `retry-set-aside:${scan.mountName}`,
    'Try what is set aside once more',
    { do: 'retry', scanId: scan.scanId, mountName: scan.mountName, which: 'quarantined', changes: {} },
    { consequence: 'Tries these directories, each alone; what is done stays as it is.', verify: CERTIFICATE },
  );
}

export function goOn(scan: Pick<ExaminedScan, 'mountName'>, changes: ResumeChanges = {}, how = ''): Fix {
  return press(
    `resume:${scan.mountName}`,
    how === '' ? 'Go on with the scan' : how,
    { do: 'resume', mountName: scan.mountName, changes },
    { consequence: 'Chunks that are done stay; the others are scanned.', verify: CERTIFICATE },
  );
}

/** A scan that runs now, from its next chunk on. */
export function restart(
  kind: string,
  scan: { readonly scanId: string; readonly mountName: string },
  changes: ResumeChanges,
  label: string,
  then: string,
): Fix {
  return press(
    `${kind}:${scan.mountName}`,
    label,
    { do: 'restart', scanId: scan.scanId, mountName: scan.mountName, changes },
    {
      consequence: `Stops the scan of ${scan.mountName} in order and goes on with it: ${then}. What is merged stays.`,
      verify: 'The scan runs again, and its checks look once more.',
    },
  );
}
