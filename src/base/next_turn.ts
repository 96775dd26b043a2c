/**
 * Waits for the next turn of the event loop; Deno reports unhandled rejections at
 * the end of a turn. It uses a channel because tests replace timers.
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
