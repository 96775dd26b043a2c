/**
 * Why a source, or a plugin in it, cannot be used.
 *
 * @module
 */

import { PluginError, type Problem } from "../base/errors.ts";
import { parseNotCapable } from "../permissions/not_capable.ts";
import { startRemedy } from "../permissions/permission_flags.ts";
import { formatEntry } from "../permissions/permission_set.ts";
import { describeThrown, quote } from "../base/text.ts";
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
    return startRemedy({ [kind]: [value] });
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

/** Remedies by what an error says, for whatever was read. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /^PermissionDenied|\(os error 13\)/,
    "Let the user that runs this process read it and the directories above it",
  ],
  [/^NotADirectory/, "Correct the path: a part of it is a file"],
  [/^FilesystemLoop/, "Remove the link that leads back to itself"],
  [/name too long/i, "Shorten the path"],
  [/too many open files/i, "Let this process open more files"],
  [
    /^Error: It did not answer within/,
    "See that the server answers, or raise timeouts.load",
  ],
  [/^SyntaxError/, "Correct the manifest: it is not JSON"],
  [
    /ERR_PACKAGE_PATH_NOT_EXPORTED|Unknown export/i,
    'Use a version of the package that exports "./plugin.json"',
  ],
  [
    /non-JSR remote modules/,
    "Download the plugin, and name its directory: a package from JSR cannot " +
    "import from another server",
  ],
  [
    /dns error|tcp connect|client error|sending request|certificate|timed out/i,
    "See that this machine reaches the server, and that the address is right",
  ],
  [
    /does not exist|could not find|not found/i,
    "Correct the name, the version or the address",
  ],
];

/** The remedy when nothing more is known than what was thrown. */
const OTHERWISE = "Correct what the message names, or take the source out";

function remedyFor(thrown: unknown, description: string): string {
  const [need] = parseNotCapable(thrown);
  const { kind, value } = need ?? {};
  if ((kind === "read" || kind === "import") && value !== undefined) {
    return flagRemedy(kind, value);
  }
  return REMEDIES.find(([pattern]) => pattern.test(description))?.[1] ??
    OTHERWISE;
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
  const description = describeThrown(thrown);
  const remedy = remedyFor(thrown, description);
  const problem = sourceProblem(source, description, remedy);
  return thrown instanceof Deno.errors.NotCapable
    ? Object.freeze({ ...problem, code: "PLUGIN_PERMISSION_MISSING" })
    : problem;
}
