/**
 * The one list of error codes. A code is what the CLI's exit status, the scan log, the UI and the doctor key on;
 * docs/errors.md explains each to a person and is checked against this list by a test.
 */
export const EXIT = {
  covered: 0,
  /** `debug` found a problem. */
  problems: 1,
  gaps: 2,
  notStarted: 3,
  usage: 64,
  interrupted: 130,
} as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/**
 * Each code with the exit status that it leads to when it ends a command. What ends one is before its first chunk (a probe that crashes
 * or never answers: not started); the same thing in a chunk ends that chunk, and the certificate decides.
 */
export const ERROR_CODES = {
  USAGE: EXIT.usage,
  MOUNT_NAME_TAKEN: EXIT.usage,
  MOUNT_PATH_NAMED_OTHERWISE: EXIT.usage,
  MOUNT_NOT_FOUND: EXIT.notStarted,
  MOUNT_NOT_DIRECTORY: EXIT.notStarted,
  MOUNT_NOT_LISTABLE: EXIT.notStarted,
  MOUNT_EMPTY: EXIT.notStarted,
  SCAN_RUNNING: EXIT.notStarted,
  ENDPOINT: EXIT.usage,
  DOCKER_CONTEXT: EXIT.usage,
  NO_SUCH_HOST: EXIT.usage,
  HOST_NAME_TAKEN: EXIT.usage,
  HOSTS_FILE: EXIT.notStarted,
  HOST_NAME: EXIT.notStarted,
  HOST_PORT_CLOSED: EXIT.notStarted,
  HOST_NO_ANSWER: EXIT.notStarted,
  TLS_FILES: EXIT.notStarted,
  TLS_NEEDED: EXIT.notStarted,
  TLS_NOT_SPOKEN: EXIT.notStarted,
  TLS_EXPIRED: EXIT.notStarted,
  TLS_CLOCK: EXIT.notStarted,
  TLS_CA: EXIT.notStarted,
  TLS_NAME: EXIT.notStarted,
  TLS_CLIENT_CERTIFICATE: EXIT.notStarted,
  SSH_MISSING: EXIT.notStarted,
  SSH_CONFIG: EXIT.notStarted,
  SSH_HOST_KEY_UNKNOWN: EXIT.notStarted,
  SSH_HOST_KEY_CHANGED: EXIT.notStarted,
  SSH_NO_KEY: EXIT.notStarted,
  SSH_LOGIN: EXIT.notStarted,
  SSH_PASSPHRASE: EXIT.notStarted,
  PASSPHRASE_WRONG: EXIT.notStarted,
  SSH_PASSWORD: EXIT.notStarted,
  SSH_KEY: EXIT.notStarted,
  SSH_FORWARDING: EXIT.notStarted,
  SSH_LOST: EXIT.notStarted,
  SSH_FAILED: EXIT.notStarted,
  DOCKER_UNREACHABLE: EXIT.notStarted,
  DOCKER_NOT_INSTALLED: EXIT.notStarted,
  DOCKER_NOT_ON_PATH: EXIT.notStarted,
  DOCKER_NOT_PERMITTED: EXIT.notStarted,
  DOCKER_NOT_RUNNING: EXIT.notStarted,
  DOCKER_API: EXIT.notStarted,
  IMAGE_BUILD: EXIT.notStarted,
  IMAGE_MISSING: EXIT.notStarted,
  IMAGE_FILE: EXIT.notStarted,
  SPOOL: EXIT.notStarted,
  CATALOG_NOT_SQLITE: EXIT.notStarted,
  CATALOG_NEWER: EXIT.notStarted,
  CATALOG_FOREIGN: EXIT.notStarted,
  CATALOG_ORIGINAL: EXIT.notStarted,
  CATALOG_FILESYSTEM: EXIT.notStarted,
  CATALOG_OPEN: EXIT.notStarted,
  CATALOG_GONE: EXIT.notStarted,
  DATA_DIR: EXIT.notStarted,
  NO_SUCH_SCAN: EXIT.usage,
  NO_SUCH_MOUNT: EXIT.usage,
  NO_SUCH_CHUNK: EXIT.usage,
  NOTHING_TO_RETRY: EXIT.usage,
  QUARANTINED: EXIT.gaps,
  WORKER_START: EXIT.notStarted,
  WORKER_PROTOCOL: EXIT.gaps,
  WORKER_CRASHED: EXIT.notStarted,
  WORKER_KILLED: EXIT.gaps,
  WORKER_OOM: EXIT.gaps,
  WORKER_STALLED: EXIT.gaps,
  WORKER_UNKILLABLE: EXIT.gaps,
  SHARD_MISSING: EXIT.gaps,
  SHARD_DAMAGED: EXIT.gaps,
  SHARD_DISAGREES: EXIT.gaps,
  MERGE_DISK_FULL: EXIT.gaps,
  MERGE_FAILED: EXIT.gaps,
  DISK_FULL: EXIT.gaps,
  CATALOG_UNWRITABLE: EXIT.gaps,
  PAUSE_TIMEOUT: EXIT.gaps,
  CHUNK_STOPPED: EXIT.gaps,
  EXPORT_FAILED: EXIT.notStarted,
  NOT_MAPPED: EXIT.notStarted,
  OPEN_REFUSED: EXIT.notStarted,
  SETTING: EXIT.usage,
  DEADLINE: EXIT.notStarted,
  CERTIFICATE_DISAGREES: EXIT.gaps,
  INTERRUPTED: EXIT.interrupted,
  INTERNAL: EXIT.notStarted,
} as const satisfies Record<string, ExitStatus>;
export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetail {
  /** What to do about it, one imperative sentence. */
  readonly hint?: string;
  /** What was seen: paths, daemon words, numbers. Never secrets. */
  readonly evidence?: Readonly<Record<string, string | number | boolean | null>>;
  readonly cause?: unknown;
}

/** An error that a person is meant to read: code + one sentence + what to do. Never shown with a stack trace. */
export class SmartScannerError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly evidence: Readonly<Record<string, string | number | boolean | null>>;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'SmartScannerError';
    this.code = code;
    this.hint = detail.hint;
    this.evidence = detail.evidence ?? {};
  }

  get exitStatus(): ExitStatus {
    return ERROR_CODES[this.code];
  }
}

/** The form in which an error crosses a process boundary. */
export interface ErrorJson {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly evidence: Readonly<Record<string, string | number | boolean | null>>;
  readonly stack?: string;
}

export function errorToJson(error: unknown): ErrorJson {
  if (error instanceof SmartScannerError) {
    return {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      evidence: error.evidence,
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? error.stack : undefined;
  return { code: 'INTERNAL', message, evidence: {}, ...(stack === undefined ? {} : { stack }) };
}

export function errorFromJson(json: ErrorJson): SmartScannerError {
  const error = new SmartScannerError(json.code, json.message, {
    ...(json.hint === undefined ? {} : { hint: json.hint }),
    evidence: json.evidence,
  });
  if (json.stack !== undefined) error.stack = json.stack;
  return error;
}

/** Any thrown value as a SmartScannerError; unknown ones become INTERNAL and keep their cause. */
export function toSmartScannerError(error: unknown): SmartScannerError {
  if (error instanceof SmartScannerError) return error;
  return new SmartScannerError('INTERNAL', error instanceof Error ? error.message : String(error), { cause: error });
}

/** Closes a union: a new member makes this call a compile error. */
export function assertNever(value: never): never {
  throw new SmartScannerError('INTERNAL', `Unexpected value: ${JSON.stringify(value)}`);
}
