/**
 * The turns of the event loop.
 *
 * @module
 */

/**
 * Waits for the next turn of the event loop: what was left unhandled in this one
 * is told at its end. A test may hold the timers and what is called here: then a
 * channel does it, which costs 2 ms the first time.
 *
 * @returns A promise that is fulfilled then.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const immediate: unknown = setImmediate(resolve);
    if (!isOfEngine(immediate)) callThroughChannel(resolve);
  });
}

function isOfEngine(immediate: unknown): boolean {
  return immediate instanceof Object &&
    immediate.constructor.name === "Immediate";
}

function callThroughChannel(callback: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    callback();
  };
  port2.postMessage(undefined);
}
