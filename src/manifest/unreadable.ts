/**
 * Why a source, or a plugin in it, cannot be used.
 *
 * @module
 */

import { PluginError, type Problem } from "../errors.ts";
import { formatFlags } from "../permissions/format_flags.ts";
import { permissionFlags } from "../permissions/permission_flags.ts";
import { formatEntry } from "../permissions/permission_set.ts";
import { describeThrown, quote } from "../text.ts";
import type { UnreadablePlugin } from "./manifest.ts";

/**
 * A source that cannot be used.
 *
 * @param source The source, for people.
 * @param problems Why; at least one.
 * @param id Its id, where at least that could be read.
 * @returns What reading it gave.
 */
export function unreadable(
  source: string,
  problems: readonly Problem[],
  id?: string,
): UnreadablePlugin {
  return {
    ok: false,
    source,
    origin: "external",
    id,
    problems: Object.freeze(problems.map((one) => Object.freeze({ ...one }))),
  };
}

/**
 * A problem about a source as a whole.
 *
 * @param source The source, for people.
 * @param what What is the case, after the source's name.
 * @param remedy What a person can do.
 * @returns The problem.
 */
export function sourceProblem(
  source: string,
  what: string,
  remedy: string,
): Problem {
  return Object.freeze({
    code: "PLUGIN_SOURCE_UNREADABLE",
    message: `Cannot read source ${quote(source)}: ${what}`,
    remedy,
  });
}

function flagRemedy(kind: "read" | "import", value: string): string {
  try {
    const flags = permissionFlags({ [kind]: [value] }, { noPrompt: false });
    return `Start the host with ${formatFlags(flags)}`;
  } catch (thrown) {
    // A comma in a path is what no flag can say.
    if (thrown instanceof PluginError) return thrown.remedy;
    throw thrown;
  }
}

/**
 * A problem about a permission that reading a source needs.
 *
 * @param source The source, for people.
 * @param kind The kind of permission.
 * @param value What of it: a path or a host.
 * @returns The problem, with the flag that grants it.
 */
export function notGranted(
  source: string,
  kind: "read" | "import",
  value: string,
): Problem {
  return Object.freeze({
    code: "PLUGIN_PERMISSION_MISSING",
    message: `Cannot read source ${quote(source)}: permission ${
      formatEntry({ kind, value })
    } is not granted`,
    remedy: flagRemedy(kind, value),
  });
}

/**
 * A problem about what was thrown while a source was read.
 *
 * @param source The source, for people.
 * @param thrown What was thrown.
 * @returns The problem.
 */
export function cannotRead(source: string, thrown: unknown): Problem {
  if (thrown instanceof Deno.errors.NotFound) {
    return sourceProblem(
      source,
      "it does not exist",
      "Correct the path, or take the source out",
    );
  }
  const problem = sourceProblem(
    source,
    describeThrown(thrown),
    "Make it readable for this process",
  );
  return thrown instanceof Deno.errors.NotCapable
    ? Object.freeze({ ...problem, code: "PLUGIN_PERMISSION_MISSING" })
    : problem;
}
