import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { isIP, Socket } from 'node:net';
import Docker, { type DockerOptions } from 'dockerode';
import { inspect } from 'node:util';
import { SmartScannerError } from '../../../shared/errors.ts';
import type { Dial } from '../../connection/transport.ts';

/** 20.10: the oldest engine that is tested, and the oldest that current systems carry. */
const OLDEST_API = [1, 41] as const;
/** The newest whose answers were checked against what is read here. */
const NEWEST_API = [1, 51] as const;
const CALL_DEADLINE_MS = 30_000;

/** Connections to one daemon, none of which waits for another's. */
export interface DockerClients {
  readonly control: Docker;
  /** What may be quiet for hours. */
  readonly streams: Docker;
  /** What may take long: shards. */
  readonly bulk: Docker;
  /** Only so few streams can be open that they have to take turns. */
  readonly inTurns: boolean;
  /** The version of the API that is spoken. */
  readonly api: string;
  /** Ends every request and stream that is still open: a daemon that hangs must not keep this program alive. */
  close(): void;
}

/** What `settleWhenCut` puts among the options of a request. */
interface Watched {
  readonly onConnectionClosed?: () => void;
}

/** A peer that vanished without a word is noticed at last, also by a stream that is quiet. */
const KEEP_ALIVE_MS = 15_000;

/** Of eight connections: control never waits for long, one stream tells of ends, two read logs, three fetch. */
const SHARES = { control: 2, streams: 3, bulk: 3 };

/** Once it is closed nothing is sent any more: what a call that failed by the closing would still clean up. */
function closableAgent(dial: Dial, use: keyof typeof SHARES): Agent {
  const agent = agentFor(dial, use);
  const createConnection = agent.createConnection.bind(agent);
  const destroy = agent.destroy.bind(agent);
  const target =
    dial.kind === 'tcp'
      ? {
          host: dial.host,
          port: dial.port,
          path: null,
          socketPath: undefined,
          servername: isIP(dial.host) === 0 ? dial.host : '',
        }
      : {};
  let closed = false;
  agent.createConnection = (...args) => {
    if (closed) {
      const socket = new Socket();
      socket.destroy(connectionLost('The connection to Docker was closed.'));
      return socket;
    }
    const [options, callback] = args;
    if (dial.kind === 'streams') {
      const refuse = (error: Error): void => (callback as ((error: Error) => void) | undefined)?.(error);
      dial.connect().then((stream) => {
        const { onConnectionClosed } = options as Watched;
        if (onConnectionClosed !== undefined) stream.once('close', onConnectionClosed);
        // Whoever gets it listens for itself, but only from then on.
        stream.on('error', () => undefined);
        if (closed) {
          stream.destroy();
          refuse(connectionLost('The connection to Docker was closed.'));
        } else callback?.(null, stream);
      }, refuse);
      return undefined;
    }
    const socket = createConnection({ ...options, ...target }, callback);
    const { onConnectionClosed } = options as Watched;
    if (onConnectionClosed !== undefined) socket?.once('close', onConnectionClosed);
    if (dial.kind === 'tcp' && socket instanceof Socket) socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return socket;
  };
  agent.destroy = () => {
    closed = true;
    destroy();
  };
  // docker-modem inspects all that a request has, hidden parts too, even where nobody debugs: slow, and in Electron the end of the process.
  return Object.assign(agent, { [inspect.custom]: () => 'Agent' });
}

/** Where connections are dear (a process on the host for each) they are kept for the next call. */
function agentFor(dial: Dial, use: keyof typeof SHARES): Agent {
  if (dial.kind === 'streams' && dial.most !== null) {
    const maxSockets = Math.max(1, Math.floor((dial.most * SHARES[use]) / 8));
    return new Agent({ keepAlive: true, maxSockets, maxFreeSockets: maxSockets });
  }
  return dial.kind === 'tcp' && dial.tls !== null ? new TlsAgent({ ...dial.tls }) : new Agent();
}

/** What is still read of an answer after its connection was closed, ms. */
const DRAIN_MS = 500;

type Callback = (error: unknown, value: unknown) => void;
interface ModemInside {
  buildRequest(options: object, context: { readonly isStream?: boolean }, data: unknown, callback: Callback): void;
}

/**
 * docker-modem never settles a call whose connection breaks after the head of its answer came (`wait` sends that at once and then nothing for
 * hours): such a call fails here as one does whose connection breaks before. Streams tell their consumer themselves.
 */
function settleWhenCut(docker: Docker): Docker {
  const modem = docker.modem as unknown as ModemInside;
  const buildRequest = modem.buildRequest.bind(modem);
  modem.buildRequest = (options, context, data, callback) => {
    if (context.isStream === true) {
      buildRequest(options, context, data, callback);
      return;
    }
    let settled = false;
    const settle: Callback = (error, value) => {
      if (settled) return;
      settled = true;
      callback(error, value);
    };
    const onConnectionClosed = (): void => {
      if (!settled) setTimeout(() => settle(connectionLost('The connection to Docker was lost.'), null), DRAIN_MS);
    };
    buildRequest({ ...options, onConnectionClosed } satisfies Watched, context, data, settle);
  };
  return docker;
}

function connectionLost(message: string): Error {
  return Object.assign(new Error(message), { code: 'ECONNRESET' });
}

/** Opens both and settles on an API version. Throws DOCKER_API where there is none that both sides know. */
export async function connectDocker(dial: Dial, signal: AbortSignal): Promise<DockerClients> {
  const agents = [closableAgent(dial, 'control'), closableAgent(dial, 'streams'), closableAgent(dial, 'bulk')] as const;
  const options = { ...addressOf(dial), agent: agents[0] };
  const close = (): void => {
    for (const agent of agents) agent.destroy();
  };
  try {
    const version = await within('GET /version', () => settleWhenCut(new Docker(options)).version(), { signal });
    const apiVersion = negotiate(version.ApiVersion, version.MinAPIVersion);
    const versioned = { ...options, version: `v${apiVersion}` };
    const by = (agent: Agent): Docker => settleWhenCut(new Docker({ ...versioned, ...{ agent } }));
    return {
      control: by(agents[0]),
      streams: by(agents[1]),
      bulk: by(agents[2]),
      inTurns: dial.kind === 'streams' && dial.most !== null,
      api: apiVersion,
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * In full, or what DOCKER_HOST and its like say in the environment wins. A port is named to the agent only: docker-modem would take its address
 * apart with url.parse, which Node warns of on stderr.
 */
function addressOf(dial: Dial): DockerOptions {
  const nothing = { ca: undefined, cert: undefined, key: undefined, pathPrefix: '/', timeout: undefined };
  return {
    ...nothing,
    socketPath: dial.kind === 'socket' ? dial.path : 'by-agent',
    host: undefined,
    port: undefined,
    protocol: dial.kind === 'tcp' && dial.tls !== null ? 'https' : 'http',
  };
}

/** The version to speak with a daemon that speaks `oldest` to `newest`. */
export function negotiate(newest: string, oldest: string | undefined): string {
  const theirs = parse(newest);
  if (compare(theirs, OLDEST_API) < 0) {
    throw new SmartScannerError('DOCKER_API', `This Docker speaks API ${newest}; ${OLDEST_API.join('.')} is needed.`, {
      hint: 'Update Docker to 20.10 or newer; what lies on this computer can be scanned with --runtime process.',
    });
  }
  if (oldest !== undefined && oldest !== '' && compare(parse(oldest), NEWEST_API) > 0) {
    throw new SmartScannerError(
      'DOCKER_API',
      `This Docker speaks API ${oldest} and newer; this program speaks up to ${NEWEST_API.join('.')}.`,
      { hint: 'Update Smart Scanner; what lies on this computer can be scanned with --runtime process.' },
    );
  }
  return (compare(theirs, NEWEST_API) > 0 ? NEWEST_API : theirs).join('.');
}

function parse(version: string): readonly [number, number] {
  const [major = '0', minor = '0'] = version.split('.');
  return [Number(major), Number(minor)];
}

function compare(a: readonly [number, number], b: readonly [number, number]): number {
  return a[0] - b[0] || a[1] - b[1];
}

/**
 * Waits for one call to the daemon, at most `deadlineMs`. The call gets a signal that ends its request when it is given up; that it
 * may not honour it changes nothing here, and a stream that it gave back in time goes on. Throws DEADLINE, INTERRUPTED, or what the call throws.
 */
export async function within<T>(
  what: string,
  call: (signal: AbortSignal) => Promise<T>,
  options: { readonly deadlineMs?: number; readonly signal?: AbortSignal } = {},
): Promise<T> {
  const { deadlineMs = CALL_DEADLINE_MS, signal } = options;
  const interrupted = (): SmartScannerError => new SmartScannerError('INTERRUPTED', `${what} was given up.`);
  if (signal?.aborted === true) throw interrupted();
  const request = new AbortController();
  return await new Promise<T>((resolve, reject) => {
    const giveUp = (error: SmartScannerError): void => {
      reject(error);
      request.abort();
    };
    const onAbort = (): void => giveUp(interrupted());
    const timer = setTimeout(() => {
      giveUp(new SmartScannerError('DEADLINE', `Docker did not answer ${what} within ${deadlineMs / 1000} s.`));
    }, deadlineMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    call(request.signal)
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      });
  });
}

/** The HTTP status of an error of the daemon; null where it never answered. */
export function statusOf(error: unknown): number | null {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : null;
}

/** What the daemon said, without dockerode's own words around it. */
export function daemonWords(error: unknown): string {
  if (error instanceof Error && 'json' in error) {
    const { json } = error;
    if (typeof json === 'object' && json !== null && 'message' in json) return String(json.message);
  }
  return error instanceof Error ? error.message : String(error);
}

/** Runs a call that is allowed to find nothing: undefined for the given statuses. */
export async function unless<T>(statuses: readonly number[], call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    const status = statusOf(error);
    if (status !== null && statuses.includes(status)) return undefined;
    throw error;
  }
}
