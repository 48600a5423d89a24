import type { Certificate } from '../../shared/certificate.ts';

/** bigints as decimal strings. */
export function certificateToJson(certificate: Certificate): string {
  return JSON.stringify(certificate, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
}

/** Of a text that certificateToJson wrote. */
export function certificateFromJson(text: string): Certificate {
  const json = JSON.parse(text) as Certificate & { bytes: Record<'apparent' | 'allocated' | 'charged', string> };
  const { apparent, allocated, charged } = json.bytes;
  return { ...json, bytes: { apparent: BigInt(apparent), allocated: BigInt(allocated), charged: BigInt(charged) } };
}
