import type { ErrorJson } from '../../shared/errors.ts';
import type { CatalogApi } from './api.ts';

/** What goes over the channel of the catalog process. */
export interface RpcRequest {
  readonly id: number;
  readonly method: keyof CatalogApi;
  readonly request: never;
}

export type RpcReply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: ErrorJson };
