async function digest(text: string): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/**
 * Compares two tokens in a time that tells nothing about either: both are
 * hashed first, so that the time does not even tell how long they are.
 *
 * @param given What somebody sent.
 * @param expected What it should be.
 * @returns Whether they are the same.
 */
export async function isSameToken(
  given: string,
  expected: string,
): Promise<boolean> {
  const [a, b] = await Promise.all([digest(given), digest(expected)]);
  let difference = a.length ^ b.length;
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0;
}
