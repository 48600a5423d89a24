/**
 * Ctrl-C once ends gracefully, twice at once; SIGTERM and SIGHUP (a closed terminal) count as once. Workers are in sessions of their own, so
 * that the terminal's signal reaches only this process.
 */
export function onStopSignals(graceful: () => void, now: () => void): { end(): void } {
  let count = 0;
  const interrupt = (): void => {
    count += 1;
    if (count === 1) graceful();
    else now();
  };
  const terminate = (): void => {
    if (count === 0) interrupt();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', terminate);
  process.on('SIGHUP', terminate);
  return {
    end: () => {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', terminate);
      process.off('SIGHUP', terminate);
    },
  };
}
