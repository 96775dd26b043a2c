/** Checks what the entry points export, and that docs/reference.md lists it. */

import { assert, assertEquals } from "@std/assert";
import { readDocumentation } from "../../tools/package/documentation.ts";

const ROOT = new URL("../../", import.meta.url);

/** A host developer's names: each new one is a decision, and 60 is the limit. */
const MAIN_NAMES = [
  "ApiOf",
  "AuditLevel",
  "AuditLogOptions",
  "AuditLogger",
  "Builtin",
  "Clock",
  "ConfigureResult",
  "Contract",
  "Contracts",
  "Decision",
  "DisableOptions",
  "EnableOptions",
  "Environment",
  "Hazard",
  "Health",
  "HealthOptions",
  "HostEventMap",
  "HostEvents",
  "HostInspection",
  "HostTimeouts",
  "Lease",
  "LoadReport",
  "LoadedPlugin",
  "Manifest",
  "PLUGIN_ERROR_CODES",
  "PermissionDeclaration",
  "PermissionEntry",
  "PermissionKind",
  "PermissionMode",
  "PermissionReport",
  "PermissionReportOptions",
  "PermissionSet",
  "Plugin",
  "PluginContext",
  "PluginError",
  "PluginErrorCode",
  "PluginErrorOptions",
  "PluginHost",
  "PluginHostOptions",
  "PluginLog",
  "PluginLogSink",
  "PluginRunner",
  "PluginState",
  "PluginStatus",
  "PluginToPlace",
  "Problem",
  "RedactOptions",
  "SENSITIVE_ENV_PATTERNS",
  "SanitizeOptions",
  "SealReport",
  "StandardResult",
  "StandardSchema",
  "StateSnapshot",
  "StateStore",
  "SurplusReport",
  "TroubledPlugin",
  "auditLog",
  "contract",
  "definePlugin",
  "getSanitizedEnvironment",
];

const { exports, name }: { exports: Record<string, string>; name: string } =
  JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
  args: ["doc", "--json", ...Object.values(exports)],
  cwd: ROOT,
  stdin: "null",
}).output();
const decoder = new TextDecoder();
assertEquals(code, 0, decoder.decode(stderr));
const entries = readDocumentation(
  JSON.parse(decoder.decode(stdout)),
  ROOT.href,
);

function namesOf(path: string | undefined): readonly string[] {
  const entry = entries.find((one) => one.path === path);
  return (entry?.symbols ?? []).map((one) => one.name).sort();
}

Deno.test("The main entry point exports at most 60 names, and these", () => {
  assertEquals(namesOf(exports["."]), MAIN_NAMES);
  assert(MAIN_NAMES.length <= 60);
});

Deno.test("The documentation of the main entry point begins with PluginHost", () => {
  const main = entries.find(({ path }) => path === exports["."]);
  assert(main?.moduleDoc.startsWith("{@linkcode PluginHost}"));
});

Deno.test("Every entry point exports the types that its signatures mention", () => {
  assertEquals(entries.length, Object.keys(exports).length);
  const unnamed = entries.flatMap(({ path, symbols }) => {
    const names = new Set(namesOf(path));
    return symbols.flatMap((one) =>
      one.mentions.filter((type) => !names.has(type))
        .map((type) => `${path} exports ${one.name} without ${type}`)
    );
  });
  assertEquals(unnamed, []);
  // The options of constructors among them.
  const audit = entries.find(({ path }) => path === exports["./audit"]);
  const handler = audit?.symbols.find((one) => one.name === "JsonLinesHandler");
  for (const type of ["JsonLinesHandlerOptions", "AuditHandler"]) {
    assert(handler?.mentions.includes(type), type);
  }
});

Deno.test("docs/reference.md lists every exported name, by entry point", async () => {
  const page = await Deno.readTextFile(new URL("docs/reference.md", ROOT));
  const listed = page.split("\n## ").slice(1).map((section) => {
    const [specifier = ""] = section.split("\n");
    const [, others = ""] = section.split("Also exported");
    const names = [
      ...section.matchAll(/^- `(\w+)(?:\(\))?`/gm),
      ...others.matchAll(/`(\w+)(?:\(\))?`/g),
    ].map(([, name = ""]) => name);
    return [specifier, names.sort()];
  });
  assertEquals(
    listed,
    Object.entries(exports).map(([key, path]) => [
      `${name}${key.slice(1)}`,
      namesOf(path),
    ]),
    "run: deno task reference",
  );
});
