import { loaderRemedy, type Problem } from "../base/errors.ts";
import { fileName } from "../base/path.ts";
import { describeThrown, quote } from "../base/text.ts";
import {
  parseNotCapable,
  permissionRemedy,
} from "../permissions/permission_remedy.ts";
import {
  formatEntry,
  type PermissionEntry,
} from "../permissions/permission_set.ts";
import { isMissing } from "../permissions/permission_states.ts";
import type {
  JudgedManifest,
  ReadPlugin,
  UnreadablePlugin,
} from "./manifest.ts";
import { IMPORT_MODULE, type SourceSystem } from "./source_system.ts";

/** Makes the result for a valid manifest. */
export function readable(
  source: string,
  specifier: string,
  judged: JudgedManifest,
): ReadPlugin {
  const { manifest, directory } = judged;
  return {
    ok: true,
    source,
    origin: "external",
    manifest,
    code: { kind: "module", specifier, judged },
    directory,
    namedAfterId: directory !== undefined &&
      fileName(directory) === manifest.id,
  };
}

/** Makes the result for a source, or a plugin in it, that has problems. */
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

/** Makes a problem of a source; `fault` completes the sentence that names it. */
export function sourceProblem(
  source: string,
  fault: string,
  remedy: string,
): Problem {
  return Object.freeze({
    code: "PLUGIN_SOURCE_UNREADABLE",
    message: `Cannot read source ${quote(source)}: ${fault}`,
    remedy,
  });
}

/** Makes a problem of a manifest, at a path such as `permissions.net[0]`. */
export function manifestProblem(
  path: string,
  message: string,
  remedy: string,
): Problem {
  const code = "PLUGIN_MANIFEST_INVALID";
  return Object.freeze({ code, message, remedy, path });
}

type Permissions = Pick<SourceSystem, "permissionState">;

function grantRemedy(entry: PermissionEntry, system: Permissions): string {
  return permissionRemedy([entry], {
    ask: (asked) => system.permissionState(asked),
    imports: [],
    isSealed: false,
  });
}

/** Returns a problem unless a source may be read without a prompt. */
export function missingPermission(
  source: string,
  entry: PermissionEntry,
  system: Permissions,
): Problem | undefined {
  if (!isMissing(system.permissionState(entry))) return undefined;
  return Object.freeze({
    code: "PLUGIN_PERMISSION_MISSING",
    message: `Cannot read source ${quote(source)}: permission ${
      formatEntry(entry)
    } is not granted`,
    remedy: grantRemedy(entry, system),
  });
}

// By the text of an error, whatever was read.
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
    /^Error: It did not respond within/,
    "Check that the server responds, or raise timeouts.load",
  ],
  // It has dropped the options that it was called with.
  [/"type": "json" attribute/, `Pass ${IMPORT_MODULE}`],
  [/^SyntaxError/, "Correct the manifest: it is not JSON"],
  [
    /ERR_PACKAGE_PATH_NOT_EXPORTED|Unknown export/i,
    'Use a version of the package that exports "./plugin.json"',
  ],
  [
    /non-JSR remote modules/,
    "Write importModule in a module of your own: a package from JSR cannot " +
    "import from another server",
  ],
  [
    /dns error|tcp connect|client error|sending request|certificate|timed out/i,
    "Check the address, and that this machine reaches the server",
  ],
  [
    /does not exist|could not find|not found/i,
    "Correct the name, the version or the address",
  ],
];

function remedyFor(
  thrown: unknown,
  description: string,
  system: Permissions,
): string {
  const [{ kind, value } = {}] = parseNotCapable(thrown);
  if ((kind === "read" || kind === "import") && value !== undefined) {
    return grantRemedy({ kind, value }, system);
  }
  return loaderRemedy(description) ??
    REMEDIES.find(([pattern]) => pattern.test(description))?.[1] ??
    "Correct what the message names, or remove the source";
}

/** Makes the problem for what was thrown while a source was read. */
export function cannotRead(
  source: string,
  thrown: unknown,
  system: Permissions,
): Problem {
  if (thrown instanceof Deno.errors.NotFound) {
    return sourceProblem(
      source,
      "it does not exist",
      "Correct the path, or remove the source",
    );
  }
  const description = describeThrown(thrown);
  const remedy = remedyFor(thrown, description, system);
  const problem = sourceProblem(source, description, remedy);
  return thrown instanceof Deno.errors.NotCapable
    ? Object.freeze({ ...problem, code: "PLUGIN_PERMISSION_MISSING" })
    : problem;
}
