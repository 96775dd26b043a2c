/** Lets everything go on that can. */

/**
 * Waits until something is the case, while all else goes on.
 *
 * @param isTrue What is waited for.
 */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 0));
}
