import { useEffect, useRef, useState } from 'react';

/** A value, once it has not changed for so long. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, settle] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => settle(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

/** A value that changes often, at most once in so long; the newest always comes through. */
export function useSlowed<T>(value: T, ms: number): T {
  const [slowed, slow] = useState(value);
  const lastMs = useRef(0);
  useEffect(() => {
    const wait = Math.max(0, lastMs.current + ms - performance.now());
    const timer = setTimeout(() => {
      lastMs.current = performance.now();
      slow(value);
    }, wait);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return slowed;
}
