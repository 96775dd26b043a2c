/**
 * The turns of the event loop.
 *
 * @module
 */

/**
 * Waits for the next turn of the event loop: what was left unhandled in this one
 * is told at its end. It is no timer, as that may be a test's own.
 *
 * @returns A promise that is fulfilled then.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
