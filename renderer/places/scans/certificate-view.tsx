import type { ReactNode } from 'react';
import type { Certificate } from '../../../shared/certificate.ts';
import type { Plain } from '../../../shared/plain.ts';
import { formatCount } from '../../../shared/units.ts';
import { Chip } from '../../parts/bits.tsx';
import { useBytes } from '../../store/services.ts';
import { verdictWords } from '../../words/scan-words.ts';
import { stamp } from '../../words/time-words.ts';

/** The closing account: what was met, and what became of it. */
export function CertificateView({ certificate }: { readonly certificate: Plain<Certificate> }): ReactNode {
  const bytes = useBytes();
  const { entries, directories } = certificate;
  const verdict = certificate.interrupted
    ? ({ text: 'Stopped early', tone: 'attention' } as const)
    : verdictWords(certificate);
  return (
    <article className="card certificate" aria-label="Coverage certificate">
      <div className="card-head">
        <div>
          <h2>Coverage certificate</h2>
          <p className="muted">
            {certificate.mountName} on {certificate.hostName}, {stamp(certificate.finishedAtMs)}
          </p>
        </div>
        <Chip tone={verdict.tone}>{verdict.text}</Chip>
      </div>
      <Sum
        title="Entries met"
        total={entries.returned}
        parts={[
          ['files', entries.files],
          ['folders', entries.subdirs],
          ['excluded', entries.excluded],
          ['failed', entries.failed],
          ['vanished meanwhile', entries.vanished],
        ]}
      />
      <Sum
        title="Folders"
        total={directories.total}
        parts={[
          ['scanned', directories.scanned],
          ['excluded', directories.excluded],
          ['vanished', directories.vanished],
          ['failed', directories.failed],
          ['never reached', directories.pending],
        ]}
      />
      <p>
        {bytes(certificate.bytes.apparent)} in files, {bytes(certificate.bytes.allocated)} on disk,{' '}
        {bytes(certificate.bytes.charged)} with hard links once.
      </p>
      <p className="muted">
        {formatCount(certificate.mergedRows)} files in the catalog, from {formatCount(certificate.chunks.done)} chunks
        in {formatCount(certificate.attempts)} tries.{' '}
        {certificate.published
          ? 'Published: this is the inventory now.'
          : `Not published: ${certificate.unpublishedReason ?? 'unknown reason'}. An inventory from before stays.`}
      </p>
    </article>
  );
}

function Sum({
  title,
  total,
  parts,
}: {
  readonly title: string;
  readonly total: number;
  readonly parts: readonly (readonly [string, number])[];
}): ReactNode {
  return (
    <section aria-label={title} className="sum">
      <h3>
        {title} <span className="sum-total">{formatCount(total)}</span>
      </h3>
      <ul>
        {parts.map(([label, count]) => (
          <li key={label} className={count === 0 ? 'muted' : ''}>
            <strong>{formatCount(count)}</strong> {label}
          </li>
        ))}
      </ul>
    </section>
  );
}
