/**
 * Cleans up before Ctrl-C ends this process.
 *
 * @module
 */

const STATUSES: ReadonlyMap<Deno.Signal, number> = new Map(
  Deno.build.os === "windows"
    ? [["SIGINT", 130]]
    : [["SIGHUP", 129], ["SIGINT", 130], ["SIGTERM", 143]],
);

/**
 * Takes the signals that would end this process.
 *
 * @param onSignal Is called with the exit status that is due.
 * @returns What stops it.
 */
export function onInterrupt(onSignal: (status: number) => void): Disposable {
  const listeners = [...STATUSES].map(([signal, status]) => {
    const listener = () => onSignal(status);
    Deno.addSignalListener(signal, listener);
    return () => Deno.removeSignalListener(signal, listener);
  });
  return {
    [Symbol.dispose]() {
      for (const stop of listeners) stop();
    },
  };
}
