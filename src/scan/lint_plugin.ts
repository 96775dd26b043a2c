/**
 * The rules of `semantik-plugin scan` for `deno lint`, so that an editor shows
 * what the code of a plugin does and its manifest does not declare.
 *
 * ```json
 * { "lint": { "plugins": ["jsr:@semantik/plugins/lint"] } }
 * ```
 *
 * Looks at files below a `plugin.json`, except tests: a host does not run them. A
 * `// deno-lint-ignore` hides its findings, and none of those of `scan`.
 *
 * @example Findings in a file of a plugin
 * ```ts
 * import plugin from "@semantik/plugins/lint";
 * import { assertEquals } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * const manifest = { id: "search", type: "search", version: "1.0.0" };
 * await Deno.writeTextFile(`${directory}/plugin.json`, JSON.stringify(manifest));
 * const [finding] = Deno.lint.runPlugin(
 *   plugin,
 *   `${directory}/mod.ts`,
 *   'await fetch("https://a.example/");\n',
 * );
 *
 * assertEquals(finding?.id, "semantik/scan");
 * assertEquals(
 *   finding?.hint,
 *   'Add "net": ["a.example:443"] to "permissions", or remove the code',
 * );
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */

import "../base/require_deno.ts";
import { isRecord } from "../base/errors.ts";
import { parseJson } from "../base/json.ts";
import { joinFilePath, MANIFEST_FILE, resolvePath } from "../base/path.ts";
import { checkDeclaration } from "../permissions/check_declaration.ts";
import type { PermissionDeclaration } from "../permissions/permission_set.ts";
import type { ScanFinding } from "./judge_scan.ts";
import { PluginScan } from "./scan_directory.ts";

/** Modules that `deno test` runs, and no host. */
const TEST_REGEXP = /(?:^|[._/\\])test\.[cm]?[jt]sx?$/;
const LINE_BREAK_REGEXP = /\r\n?|[\n\u2028\u2029]/g;
/** A name with its properties, which is what a finding points at. */
const NAME_REGEXP = /[\p{ID_Start}$_][\p{ID_Continue}$.]*|[^]/uy;

/** A manifest above a file. */
interface Above {
  readonly directory: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

function findManifest(file: string): Above | undefined {
  for (
    let [directory, below] = [resolvePath("..", file), file];
    directory !== below;
    [directory, below] = [resolvePath("..", directory), directory]
  ) {
    try {
      const path = joinFilePath(directory, MANIFEST_FILE);
      const parsed = parseJson(Deno.readTextFileSync(path));
      const fields = parsed.ok && isRecord(parsed.value) ? parsed.value : {};
      return { directory, fields };
    } catch {
      // There is none, or nobody may read it.
    }
  }
  return undefined;
}

function isDeclaration(value: unknown): value is PermissionDeclaration {
  return checkDeclaration(value).length === 0;
}

/** Reads what a manifest declares; `validate` says what is wrong with it. */
function declarationIn(fields: Above["fields"], name: string) {
  const value = fields[name];
  return isDeclaration(value) ? value : {};
}

/** Returns where a finding is, in UTF-16 code units. */
function rangeOf(
  { line, column }: ScanFinding,
  text: string,
  lines: readonly number[],
): [start: number, end: number] {
  const start = Math.min((lines[line - 1] ?? 0) + column - 1, text.length);
  NAME_REGEXP.lastIndex = start;
  const [name = ""] = NAME_REGEXP.exec(text) ?? [];
  return [start, start + name.length];
}

function scanFile(context: Deno.lint.RuleContext): void {
  const { filename, sourceCode: { text } } = context;
  const above = TEST_REGEXP.test(filename) ? undefined : findManifest(filename);
  if (above === undefined) return;
  const { directory, fields } = above;
  const scan = new PluginScan();
  const path = filename.slice(directory.length + 1).replaceAll("\\", "/");
  scan.add(path, new TextEncoder().encode(text));
  const { findings } = scan.report({
    permissions: declarationIn(fields, "permissions"),
    optionalPermissions: declarationIn(fields, "optionalPermissions"),
  });
  const lines = [0];
  for (const { 0: end, index } of text.matchAll(LINE_BREAK_REGEXP)) {
    lines.push(index + end.length);
  }
  for (const finding of findings) {
    if (finding.severity === "note") continue;
    context.report({
      range: rangeOf(finding, text, lines),
      message: finding.message,
      hint: finding.remedy,
    });
  }
}

/** A plugin for `deno lint` with the rule `semantik/scan`. */
const plugin: Deno.lint.Plugin = {
  name: "semantik",
  rules: {
    scan: {
      create: (context) => ({ Program: () => scanFile(context) }),
    },
  },
};

export default plugin;
