/**
 * The turns of the event loop.
 *
 * @module
 */

/**
 * Waits for the next turn of the event loop: what was left unhandled in this one
 * is told at its end. A channel does it: timers and immediates may be a test's own.
 *
 * @returns A promise that is fulfilled then.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      port2.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
