/** The options of commands that run plugins. */

export const DEFAULT_TIMEOUT = "10000";
export const MAX_TIMEOUT = 600_000;

/** Splits the value of `--methods`. */
export function parseMethods(names = ""): readonly string[] {
  return names.split(",").map((name) => name.trim())
    .filter((name) => name !== "");
}
