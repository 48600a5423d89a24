import { useCallback, useEffect, useRef, useState } from 'react';
import { errorToJson, type ErrorJson } from '../../shared/errors.ts';
import type { Payload, Reply, RequestName } from '../../shared/ipc.ts';
import { useServices } from './services.ts';

export interface Asked<T> {
  readonly value: T | null;
  readonly error: ErrorJson | null;
  readonly isLoading: boolean;
  readonly again: () => void;
}

/**
 * Asks at once, and again when the payload or `version` changes; what was there stays until the new answer. null asks nothing. A late
 * answer to an older question is dropped.
 */
export function useRequest<K extends RequestName>(name: K, payload: Payload<K> | null, version = 0): Asked<Reply<K>> {
  const { transport } = useServices();
  const [shown, setShown] = useState<{ key: string; value: Reply<K> | null; error: ErrorJson | null }>();
  const [isLoading, setLoading] = useState(false);
  const [times, setTimes] = useState(0);
  const newest = useRef(0);
  const key = payload === null ? null : JSON.stringify([name, payload]);
  useEffect(() => {
    if (key === null) return;
    newest.current += 1;
    const mine = newest.current;
    setLoading(true);
    const [, question] = JSON.parse(key) as [K, Payload<K>];
    transport
      .request(name, question ?? (undefined as Payload<K>))
      .then(
        (value) => ({ key, value, error: null }),
        (error: unknown) => ({ key, value: null, error: errorToJson(error) }),
      )
      .then((next) => {
        if (mine !== newest.current) return;
        setShown(next);
        setLoading(false);
      })
      .catch(() => undefined);
  }, [transport, name, key, version, times]);
  const again = useCallback(() => setTimes((before) => before + 1), []);
  const current = shown?.key === key ? shown : undefined;
  return { value: current?.value ?? null, error: current?.error ?? null, isLoading, again };
}

export interface Act<K extends RequestName> {
  readonly act: (payload: Payload<K>) => Promise<Reply<K> | null>;
  readonly isBusy: boolean;
  readonly error: ErrorJson | null;
}

/** For buttons: what goes wrong is kept to be shown beside them, and the answer is null. */
export function useAct<K extends RequestName>(name: K): Act<K> {
  const { transport } = useServices();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorJson | null>(null);
  const act = useCallback(
    async (payload: Payload<K>): Promise<Reply<K> | null> => {
      setBusy(true);
      setError(null);
      try {
        return await transport.request(name, payload);
      } catch (problem) {
        setError(errorToJson(problem));
        return null;
      } finally {
        setBusy(false);
      }
    },
    [transport, name],
  );
  return { act, isBusy, error };
}
