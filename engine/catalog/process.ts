import { errorToJson } from '../../shared/errors.ts';
import type { CatalogApi } from './api.ts';
import type { RpcReply, RpcRequest } from './rpc.ts';
import { CatalogService } from './service.ts';

/**
 * The catalog process: everything that opens SQLite. It answers one call after the other, and ends when its parent does (after the
 * call that it is in; merged chunks stay).
 */
const service = new CatalogService();

// The terminal's Ctrl-C is the orchestrator's business.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
process.on('SIGTERM', () => leave());
process.on('disconnect', () => leave());
process.on('message', (request: RpcRequest) => {
  let reply: RpcReply;
  try {
    reply = { id: request.id, ok: true, value: call(request.method, request.request) };
  } catch (error) {
    reply = { id: request.id, ok: false, error: errorToJson(error) };
  }
  process.send?.(reply, undefined, undefined, () => undefined);
});

function call<K extends keyof CatalogApi>(method: K, request: CatalogApi[K]['request']): CatalogApi[K]['reply'] {
  return service.handlers[method](request);
}

function leave(): void {
  service.close();
  process.exit(0);
}
