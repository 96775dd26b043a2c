import { argumentError, PluginError } from "../base/errors.ts";
import { escapeControls, quote } from "../base/text.ts";

// Characters without a special meaning in any shell, anywhere in a word.
const PLAIN_REGEXP = /^[\w./:=,@%+-]+$/;

const UTF8 = new TextEncoder();

function octal(character: string): string {
  return Array.from(
    UTF8.encode(character),
    (byte) => `\\${byte.toString(8).padStart(3, "0")}`,
  ).join("");
}

// A raw newline would forge a line of a log, and a raw escape sequence would
// control the terminal. printf is POSIX; not every shell has $'…'.
function quoteUnsafe(text: string): string {
  const format = [...text].map((character) => {
    if (character === "\\") return "\\\\";
    if (character === "%") return "%%";
    if (character === "'") return "'\\''";
    return escapeControls(character) === character
      ? character
      : octal(character);
  }).join("");
  return `"$(printf '${format}')"`;
}

function quoteForShell(text: string): string {
  // Command substitution removes newlines from the end.
  if (text.endsWith("\n")) {
    throw new PluginError(
      `Cannot quote ${quote(text)} for a shell: it ends with a line break`,
      {
        code: "PLUGIN_OPTION_INVALID",
        remedy:
          "Put the result of denoPermissionSet into deno.json and run with -P=NAME",
      },
    );
  }
  if (PLAIN_REGEXP.test(text)) return text;
  if (escapeControls(text) !== text) return quoteUnsafe(text);
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * Formats flags on one line, quoted for a POSIX shell.
 *
 * @example A path with a space, a wildcard
 * ```ts
 * import { formatFlags } from "@semantik/plugins/permissions";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   formatFlags(["--allow-env=AWS_*", "--allow-read=/my files", "--no-prompt"]),
 *   "--allow-env='AWS_*' --allow-read='/my files' --no-prompt",
 * );
 * ```
 *
 * @param flags Flags, as `permissionFlags` returns them.
 * @returns One line without control characters.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a flag ends with a line
 * break, which no quoting on one line can express.
 */
export function formatFlags(flags: readonly string[]): string {
  const isList = Array.isArray(flags) &&
    flags.every((flag) => typeof flag === "string");
  if (!isList) {
    throw argumentError(flags, {
      action: "write flags",
      expected: "a list of flags",
      remedy: 'Give a list, as in formatFlags(["--allow-net"])',
    });
  }
  return flags.map((flag) => {
    const equals = flag.indexOf("=") + 1;
    return equals === 0
      ? quoteForShell(flag)
      : flag.slice(0, equals) + quoteForShell(flag.slice(equals));
  }).join(" ");
}

/** The remedy for a path that {@linkcode pathFlags} has no flag for. */
export const UNNAMEABLE_PATH =
  "Move the file: no flag can name a path with a comma or a line break at its end";

/** Returns the flags for some paths on one line, or `undefined` if no flag can name one of them. */
export function pathFlags(
  permissions: Readonly<Partial<Record<"read" | "write", readonly string[]>>>,
): string | undefined {
  const entries = Object.entries(permissions);
  // A comma separates two values; Deno and a shell drop a line break at the end.
  const isUnsayable = entries.some(([, paths]) =>
    paths.some((path) => /,|[\r\n]$/.test(path))
  );
  return isUnsayable ? undefined : formatFlags(
    entries.filter(([, paths]) => paths.length > 0)
      .map(([kind, paths]) => `--allow-${kind}=${paths.join(",")}`),
  );
}
