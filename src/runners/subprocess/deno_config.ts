/** Checks the `deno.json` that applies to a plugin's process. Pure. */

import { isRecord } from "../../base/errors.ts";
import { parseJson } from "../../base/json.ts";
import { quote } from "../../base/text.ts";

/**
 * The unstable features that only change how modules are found. Others do what no
 * permission flag holds: `bundle` reads any file, `kv` writes to the disk.
 */
const HARMLESS_FEATURES: ReadonlySet<string> = new Set([
  "bare-node-builtins",
  "detect-cjs",
  "raw-imports",
  "sloppy-imports",
]);

/** Fields by which Deno reads or writes other files before it checks any permission. */
const OUTER_FIELDS = [
  "allowScripts",
  "importMap",
  "links",
  "patch",
  "workspace",
];

// Each alternative matches to the end if nothing closes it: a text that is all
// openings would otherwise be searched again from each of them.
const TOKEN_REGEXP = /"(?:[^"\\\n]|\\[^\n])*("?)|\/\/[^\n]*|\/\*[^]*?(\*\/|$)/g;

/**
 * Removes comments and trailing commas. Returns `undefined` if two parsers may
 * disagree about where a comment ends.
 */
function toJson(text: string): string | undefined {
  if (/\r(?!\n)|[\0\u2028\u2029]/.test(text)) return undefined;
  let isOpen = false;
  const uncommented = text.replace(/^\ufeff/, "")
    .replace(TOKEN_REGEXP, (token: string, closing?: string, end?: string) => {
      isOpen ||= closing === "" || end === "";
      return token.startsWith('"') ? token : " ";
    });
  if (isOpen) return undefined;
  return uncommented
    .replace(
      /("(?:[^"\\\n]|\\.)*")|,(?=\s*[}\]])/g,
      (_all, string: string | undefined) => string ?? "",
    );
}

/** Tests if a configuration has a field. */
export function hasField(text: string, name: string): boolean {
  const json = toJson(text);
  const parsed = json === undefined ? undefined : parseJson(json);
  return parsed?.ok === true && isRecord(parsed.value) &&
    Object.hasOwn(parsed.value, name);
}

/**
 * Describes why a configuration must not apply to a plugin's process.
 *
 * @param isOwn True if it came with the plugin, false if the application chose it.
 */
export function configFault(text: string, isOwn: boolean): string | undefined {
  const json = toJson(text);
  const parsed = json === undefined ? undefined : parseJson(json);
  if (parsed?.ok !== true) return "is not JSON, with or without comments";
  const { value } = parsed;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return "is not an object";
  }
  const fields = new Map(Object.entries(value));
  const features = fields.get("unstable") ?? [];
  if (!Array.isArray(features)) return 'has an invalid field "unstable"';
  const feature = features.find((one) => !HARMLESS_FEATURES.has(String(one)));
  if (feature !== undefined) {
    return `enables the unstable feature ${quote(String(feature))}`;
  }
  const modules = fields.get("nodeModulesDir");
  const isAuto = modules === "auto" || modules === true;
  if (!isOwn) {
    return isAuto && fields.has("allowScripts")
      ? "lets Deno run scripts of packages"
      : undefined;
  }
  const outer = OUTER_FIELDS.find((name) => fields.has(name));
  if (outer !== undefined) return `has the field "${outer}"`;
  return isAuto ? 'lets Deno write a folder "node_modules"' : undefined;
}
