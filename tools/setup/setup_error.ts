/** A reason to stop, shown as one sentence without a stack. */
export class SetupError extends Error {
  override readonly name = "SetupError";
}

/** A registry that cannot be used; the message is only the reason. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";
}

/** Finds the innermost reason of an error, on one line. */
export function reasonOf(thrown: unknown): string {
  let deepest = thrown;
  while (deepest instanceof Error && deepest.cause instanceof Error) {
    deepest = deepest.cause;
  }
  const text = deepest instanceof Error ? deepest.message : String(deepest);
  return text.split("\n", 1)[0] ?? "";
}
