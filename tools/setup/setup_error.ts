/** A reason to stop setting up that is told in one sentence, without a stack. */
export class SetupError extends Error {
  override readonly name = "SetupError";
}

/** A registry that cannot be used from here; the message is the reason alone. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";
}

/**
 * Finds the innermost reason of what was thrown, on one line.
 *
 * @param thrown What was caught.
 * @returns The first line of the deepest cause's message.
 */
export function reasonOf(thrown: unknown): string {
  let deepest = thrown;
  while (deepest instanceof Error && deepest.cause instanceof Error) {
    deepest = deepest.cause;
  }
  const text = deepest instanceof Error ? deepest.message : String(deepest);
  return text.split("\n", 1)[0] ?? "";
}
