import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { connect, createSecureContext } from 'node:tls';
import { SmartScannerError } from '../../shared/errors.ts';
import { daemonWords, statusOf } from '../runtime/docker/client.ts';
import type { TcpEndpoint, TlsFiles } from './endpoint.ts';
import { wrongSecret, type SecretQuestion, type Secrets } from './secrets.ts';

/** What the TLS files hold. Never logged. */
export interface TlsMaterial {
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly rejectUnauthorized: boolean;
}

const LOOK_MS = 5_000;

/** Throws TLS_FILES for one that can't be read, for what is in them, and for a locked key that nobody unlocks; PASSPHRASE_WRONG. */
export async function readTls(files: TlsFiles, secrets: Secrets): Promise<TlsMaterial> {
  const read = async (path: string | null): Promise<Buffer | undefined> =>
    path === null ? undefined : await readFile(path);
  try {
    const [ca, cert, stored] = await Promise.all([read(files.ca), read(files.cert), read(files.key)]);
    const key = stored === undefined || files.key === null ? stored : await unlocked(stored, files.key, secrets);
    const material = { ca, cert, key, rejectUnauthorized: files.verify };
    createSecureContext(material);
    return material;
  } catch (error) {
    if (error instanceof SmartScannerError) throw error;
    throw new SmartScannerError('TLS_FILES', `The TLS files can't be used (${wordsOf(error)}).`, {
      hint: 'Check the paths, and that ca.pem, cert.pem and key.pem are PEM files; the key must be that of the certificate.',
      cause: error,
    });
  }
}

/** The key as TLS takes it: without the password that locks its file. Only in memory. */
async function unlocked(stored: Buffer, path: string, secrets: Secrets): Promise<Buffer> {
  if (!isLocked(stored)) return stored;
  const question: SecretQuestion = { kind: 'tls-key', path };
  const key = await secrets.unlock(question, (passphrase) => {
    try {
      const opened = createPrivateKey({ key: stored, passphrase });
      return Promise.resolve(Buffer.from(opened.export({ type: 'pkcs8', format: 'pem' })));
    } catch {
      return Promise.reject(wrongSecret(question));
    }
  });
  if (key !== null) return key;
  throw new SmartScannerError('TLS_FILES', `The TLS key ${path} is locked by a password.`, {
    hint: 'Give it at a terminal, where it is asked for; or name a key without one, which `openssl pkey -in KEY -out NEW` writes.',
  });
}

/** As PEM files say it, of PKCS #8 and of before. */
function isLocked(key: Buffer): boolean {
  return /^(?:-----BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED)/mu.test(key.toString('latin1'));
}

const UNKNOWN_CA: readonly unknown[] = [
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'INVALID_CA',
];
/** What a daemon answers by an alert about our certificate, or its absence. */
const CLIENT_ALERT = /ALERT_(?:BAD_CERTIFICATE|CERTIFICATE_\w+|UNSUPPORTED_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/u;
const NOT_TLS = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNKNOWN_PROTOCOL|HTTP_REQUEST/u;

/** What a failed call says of the TLS on its way; null where it says nothing of that. */
export async function explainTls(endpoint: TcpEndpoint, error: unknown): Promise<SmartScannerError | null> {
  const { host, port, tls, address } = endpoint;
  const at = `${host}:${port}`;
  if (tls === null) {
    return statusOf(error) === 400 && /HTTPS server/iu.test(daemonWords(error)) ? needed(at, error) : null;
  }
  const code = codeOf(error);
  // While writing it is only EPROTO, and OpenSSL's words are in the message.
  const said = code === 'EPROTO' ? wordsOf(error).replaceAll(' ', '_').toUpperCase() : (code ?? '');
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return await outOfDate(endpoint, code, error);
  if (UNKNOWN_CA.includes(code)) {
    return new SmartScannerError(
      'TLS_CA',
      `The certificate of ${at} is signed by a CA that was not named (${code ?? ''}).`,
      {
        hint: 'Name the CA that signed it, with --tlscacert or as ca.pem in DOCKER_CERT_PATH.',
        cause: error,
      },
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new SmartScannerError('TLS_NAME', `The certificate of ${at} is for ${namesIn(error)}, not for ${host}.`, {
      hint: 'Reach it by a name in its certificate, or make one with that name as subjectAltName.',
      cause: error,
    });
  }
  // With TLS 1.3 the alert may come when the connection is half closed already.
  const isDropped = tls.cert === null && (code === 'ECONNRESET' || code === 'EPIPE');
  if (CLIENT_ALERT.test(said) || isDropped) {
    return new SmartScannerError(
      'TLS_CLIENT_CERTIFICATE',
      tls.cert === null
        ? `${at} wants a certificate of ours, and none was named.`
        : `${at} does not take the certificate ${tls.cert} (${code ?? ''}).`,
      {
        hint: 'Name one that its CA signed, with --tlscert and --tlskey or as cert.pem and key.pem in DOCKER_CERT_PATH.',
        cause: error,
      },
    );
  }
  if (NOT_TLS.test(said)) {
    return new SmartScannerError('TLS_NOT_SPOKEN', `${address} was asked for TLS, but does not speak it.`, {
      hint: 'Unset DOCKER_TLS_VERIFY and leave out --tlscacert if it is a plain port; better, let the daemon listen with --tlsverify (port 2376).',
      cause: error,
    });
  }
  return null;
}

function needed(at: string, cause: unknown): SmartScannerError {
  return new SmartScannerError('TLS_NEEDED', `${at} speaks TLS only, and was asked without it.`, {
    hint: 'Name its certificates with --tlscacert, --tlscert and --tlskey, or with DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH.',
    cause,
  });
}

async function outOfDate(endpoint: TcpEndpoint, code: string, cause: unknown): Promise<SmartScannerError> {
  const at = `${endpoint.host}:${endpoint.port}`;
  const dates = await certificateDates(endpoint);
  const now = new Date().toISOString();
  if (code === 'CERT_HAS_EXPIRED') {
    return new SmartScannerError('TLS_EXPIRED', `The certificate of ${at} has expired (${dates?.to ?? 'no date'}).`, {
      hint: `Renew it on the host. If the date is still to come, this computer's clock is wrong: it says ${now}.`,
      cause,
    });
  }
  return new SmartScannerError(
    'TLS_CLOCK',
    `The certificate of ${at} is not valid before ${dates?.from ?? 'a later date'}.`,
    {
      hint: `Set the clock: this computer's says ${now}. Or the host's was wrong when the certificate was made; then make it anew.`,
      cause,
    },
  );
}

/** Looks at the certificate without believing it; nothing is sent. */
async function certificateDates({ host, port }: TcpEndpoint): Promise<{ from: string; to: string } | null> {
  return await new Promise((resolve) => {
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket = connect({ host, port, rejectUnauthorized: false, ...name }, () => {
      const { valid_from, valid_to } = socket.getPeerCertificate();
      resolve({ from: iso(valid_from), to: iso(valid_to) });
      socket.destroy();
    });
    socket.setTimeout(LOOK_MS, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(null));
  });
}

function iso(date: string): string {
  const parsed = new Date(date);
  return Number.isNaN(parsed.getTime()) ? date : parsed.toISOString();
}

function namesIn(error: unknown): string {
  const cert = error instanceof Error && 'cert' in error ? (error.cert as { subjectaltname?: string }) : {};
  return cert.subjectaltname?.replaceAll(/(?:DNS|IP Address):/gu, '') || 'no name at all';
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** Node's words, which name the file and never what is in it. */
function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
