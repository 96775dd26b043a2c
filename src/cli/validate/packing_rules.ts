/** The files that publishing leaves out, as far as simple rules tell. Pure. */

import { isRecord } from "../../base/errors.ts";
import type { PackageConfiguration } from "./configuration.ts";

/** The texts of the ignore files in a package's directory. */
export interface IgnoreFiles {
  readonly gitignore: string | undefined;
  readonly npmignore: string | undefined;
}

// npm packs these whatever `files` says.
const ALWAYS_REGEXP = /^(?:package\.json|readme(?:\.[^/]*)?|licen[cs]e[^/]*)$/i;

function patternsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value)
    ? value.filter((one): one is string => typeof one === "string")
    : undefined;
}

/** Matches with `*` and `?`. Takes at most the product of both lengths. */
function matchesName(glob: string, name: string): boolean {
  let [at, position] = [0, 0];
  let star: { readonly at: number; position: number } | undefined;
  while (position < name.length) {
    if (glob[at] === "*") {
      star = { at: at++, position };
    } else if (glob[at] === "?" || glob[at] === name[position]) {
      at++;
      position++;
    } else if (star !== undefined) {
      at = star.at + 1;
      position = ++star.position;
    } else {
      return false;
    }
  }
  return /^\**$/.test(glob.slice(at));
}

/** Tests if a pattern matches a file, or a directory above it. */
function matches(pattern: string, path: string): boolean {
  const globs = pattern.replace(/^\.?\//, "").replace(/\/$/, "").split("/");
  // The numbers of globs that match the names so far.
  let matched = new Set([0]);
  const skipStars = () => {
    for (const count of matched) {
      if (globs[count] === "**") matched.add(count + 1);
    }
    return matched.has(globs.length);
  };
  if (globs.join() === "." || globs.join() === "") return true;
  for (const name of path.split("/")) {
    if (skipStars()) return true;
    const next = new Set<number>();
    for (const count of matched) {
      const glob = globs[count];
      if (glob === "**") next.add(count);
      else if (glob !== undefined && matchesName(glob, name)) {
        next.add(count + 1);
      }
    }
    matched = next;
  }
  return skipStars();
}

/** The last pattern that matches decides. */
function decide(
  patterns: readonly string[],
  path: string,
): "excluded" | "included" | undefined {
  const found = patterns.findLast((one) =>
    matches(one.replace(/^!/, ""), path)
  );
  if (found === undefined) return undefined;
  return found.startsWith("!") ? "included" : "excluded";
}

function isIgnored(text: string | undefined, path: string): boolean {
  const lines = (text ?? "").split(/\r?\n/).map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const patterns = lines.map((line) => {
    const [, not = "", glob = ""] = /^(!?)(.*)$/.exec(line) ?? [];
    // Without a slash inside, a pattern matches at any depth.
    const isAnchored = glob.replace(/\/$/, "").includes("/");
    return isAnchored ? `${not}${glob}` : `${not}**/${glob}`;
  });
  return decide(patterns, path) === "excluded";
}

function jsrRule(
  { fields, file }: PackageConfiguration,
  { gitignore }: IgnoreFiles,
  path: string,
): string | undefined {
  const publish = isRecord(fields.publish) ? fields.publish : {};
  const include = patternsOf(publish.include);
  const exclude = patternsOf(publish.exclude);
  const excluded = exclude ?? patternsOf(fields.exclude) ?? [];
  const field = exclude === undefined ? "exclude" : "publish.exclude";
  const decision = decide(excluded, path);
  if (decision === "excluded") return `${field} in ${file}`;
  if (include?.some((one) => matches(one, path)) === false) {
    return `publish.include in ${file}`;
  }
  return decision === undefined && isIgnored(gitignore, path)
    ? ".gitignore"
    : undefined;
}

function npmRule(
  { fields, file }: PackageConfiguration,
  { gitignore, npmignore }: IgnoreFiles,
  path: string,
): string | undefined {
  if (ALWAYS_REGEXP.test(path)) return undefined;
  const files = patternsOf(fields.files);
  if (files !== undefined) {
    const isPacked = decide(files, path) === "excluded";
    return isPacked ? undefined : `files in ${file}`;
  }
  if (npmignore !== undefined) {
    return isIgnored(npmignore, path) ? ".npmignore" : undefined;
  }
  return isIgnored(gitignore, path) ? ".gitignore" : undefined;
}

/**
 * Returns the rule by which a package leaves a file out, e.g. `publish.exclude
 * in deno.json`; `undefined` if the file is packed.
 *
 * @param path Relative to the package.
 */
export function leavingOut(
  configuration: PackageConfiguration,
  ignoreFiles: IgnoreFiles,
  path: string,
): string | undefined {
  const rule = configuration.registry === "jsr" ? jsrRule : npmRule;
  return rule(configuration, ignoreFiles, path);
}
