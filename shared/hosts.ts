import type { ErrorJson } from './errors.ts';

/** The steps of the way to a host, in the order in which they are passed; a way by socket has fewer. */
export const HOST_STEPS = [
  'name',
  'port',
  'certificate',
  'host key',
  'log-in',
  'Docker',
  'API',
  'clock',
  'image',
  'space',
] as const;
export type HostStepName = (typeof HOST_STEPS)[number];

/** One line of a check, in the order in which they are passed. */
export interface HostStep {
  readonly step: HostStepName;
  /** note: nothing is wrong, and a person wants to know. skipped: it could not be looked at. */
  readonly result: 'ok' | 'note' | 'failed' | 'skipped';
  readonly text: string;
}

/** A host that this computer's own configuration leads to. */
export interface FoundHost {
  /** environment: DOCKER_HOST, which stands for the local socket then. */
  readonly source: 'socket' | 'environment' | 'context' | 'ssh';
  readonly name: string;
  readonly address: string;
  /** What the settings of a scan name it by. */
  readonly host: string;
}

/** How it stood when it was looked at last. */
export type HostLook =
  | { readonly state: 'unknown' }
  | { readonly state: 'checking' }
  | { readonly state: 'ready'; readonly atMs: number }
  | { readonly state: 'failed'; readonly atMs: number; readonly error: ErrorJson };

/** A place whose files can be scanned, as windows show it. */
export interface HostView {
  /** `process`, `found:<source>:<host>`, or the id of a host that was added. `draft` is being added. */
  readonly key: string;
  readonly kind: 'process' | 'docker';
  /** added: in the list of hosts. */
  readonly source: 'this' | 'added' | FoundHost['source'];
  readonly name: string;
  readonly address: string;
  /** What the settings of a scan name it by; null: this computer's processes, or whatever Docker is set up. */
  readonly host: string | null;
  readonly isDefault: boolean;
  readonly look: HostLook;
  /** Of the newest check, as they are passed. */
  readonly steps: readonly HostStep[];
  readonly facts: HostFacts | null;
  /** What it calls itself, as the catalog knows it by; empty: it never answered. */
  readonly ids: readonly string[];
  readonly warning: string | null;
}

export interface HostFacts {
  readonly hostName: string;
  readonly description: string;
  readonly operatingSystem: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly isRemote: boolean;
}

/** What the way to a host needs a person for. */
export type HostQuestionText =
  /** A key that nobody has seen: whether it is the right one (true). */
  | { readonly kind: 'host-key'; readonly address: string; readonly type: string; readonly fingerprint: string }
  /** Of a key file of this computer. `isKept`: locked by its key store, once it was right; else until the app ends. */
  | { readonly kind: 'passphrase'; readonly of: 'ssh-key' | 'tls-key'; readonly path: string; readonly isKept: boolean }
  /** Nobody can log in by a key yet: `password` or `paste` sets one up. */
  | { readonly kind: 'key-setup'; readonly address: string }
  /** Used once, and not kept. */
  | { readonly kind: 'password'; readonly who: string }
  /** A line to be put into authorized_keys there: whether it is (true). */
  | { readonly kind: 'paste'; readonly line: string };
export type HostQuestion = HostQuestionText & { readonly id: string };

/** PEM files of this computer for an address `tcp://`; null: none. */
export interface TlsChoice {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
}

/** All that would go (or went) of a host when it is removed with everything of ours. */
export interface OnHostPurge {
  readonly items: readonly {
    readonly kind: 'container' | 'volume' | 'lease' | 'image' | 'key' | 'inventory';
    readonly description: string;
    readonly bytes: number | null;
  }[];
  readonly removed: boolean;
}

/** What this program has on a host. */
export interface OnHost {
  /** Worker images, which stay for the next scan. */
  readonly images: readonly { readonly names: readonly string[]; readonly bytes: number }[];
  readonly items: readonly {
    readonly kind: string;
    readonly id: string;
    readonly description: string;
    readonly bytes: number | null;
    readonly ageMs: number;
    /** Why it stays, or null. */
    readonly keptBecause: string | null;
    readonly removed: boolean;
  }[];
}
