const UTF8 = new TextEncoder();

/**
 * Compares two tokens in constant time: it only depends on the expected one. Does
 * not wait, so that no other attempt comes between a comparison and its count.
 */
export function isSameToken(given: string, expected: string): boolean {
  const [a, b] = [UTF8.encode(given), UTF8.encode(expected)];
  let difference = a.length ^ b.length;
  for (let index = 0; index < b.length; index++) {
    difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  }
  return difference === 0;
}
