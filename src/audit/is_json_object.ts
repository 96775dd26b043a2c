/**
 * Whether a line can be an event.
 *
 * @module
 */

/**
 * Whether bytes are a JSON object. The beginning of an event never is one.
 *
 * @param bytes The bytes of a line.
 * @returns Whether they are.
 */
export function isJsonObject(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}
