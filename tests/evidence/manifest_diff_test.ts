import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { attribute } from "../../src/evidence/attribution.ts";
import { parseAuditLine } from "../../src/evidence/audit_line.ts";
import { editManifest } from "../../src/evidence/edit_manifest.ts";
import {
  formatEvidence,
  mergeEvidence,
  parseEvidence,
} from "../../src/evidence/evidence_file.ts";
import { diffManifest, isExact } from "../../src/evidence/manifest_diff.ts";
import type { Places, Use } from "../../src/evidence/use.ts";

const PLACES: Places = {
  directory: "/srv/app/plugins/p",
  root: "/srv/app",
  workingDirectory: "/srv/app",
  dataDirectories: [],
  home: "/home/ada",
  temporary: ["/tmp"],
  isDataTemporary: false,
  windows: false,
};

const URLS = { plugin: "file:///p/", library: "file:///lib/src/" };

Deno.test("parseAuditLine() drops paths, queries and passwords of URLs", () => {
  const entryOf = (permission: string, value: string | null) =>
    parseAuditLine(JSON.stringify({ v: 1, permission, value, stack: ["a", 1] }))
      ?.entry;
  assertEquals(
    entryOf("net", "https://u:p@a.example/x?token=s#f"),
    { kind: "net", value: "a.example:443" },
  );
  assertEquals(
    entryOf("net", "ws://a.example:8080/?token=s"),
    { kind: "net", value: "a.example:8080" },
  );
  assertEquals(entryOf("net", "https://?token=s"), undefined);
  assertEquals(entryOf("env", null), { kind: "env" });
  assertEquals(entryOf("unheard_of", "x"), undefined);
  for (const line of ["", "{", "1", '{"permission":1}']) {
    assertEquals(parseAuditLine(line), undefined);
  }
});

Deno.test("attribute() finds the code that made a check", () => {
  const of = (...stack: string[]) => attribute("env", stack, URLS).owner;
  const own = "setup (file:///p/deep/mod.ts:3:7)";
  const library = "load (file:///lib/src/host/x.ts:9:1)";
  const application = "file:///app/main.ts:1:1";
  const plugin = { kind: "plugin", place: "deep/mod.ts:3" } as const;
  assertEquals(of("getEnv (ext:deno_os/30_os.js:1:1)", own, library), plugin);
  assertEquals(of(library, own), { kind: "library" });
  assertEquals(of(application, own), { kind: "application" });
  assertEquals(of("at file:///p/mod_test.ts:1:1", own), {
    kind: "application",
  });
  // A package acts for who called it.
  const dep = "file:///d/npm/registry.example/dep/1.0.0/i.js:1:1";
  assertEquals(of(dep, own), plugin);
  assertEquals(of("file:///p/node_modules/dep/i.js:1:1", own), plugin);
  assertEquals(of(dep), { kind: "unknown" });
  assertEquals(of(), { kind: "unknown" });
  // The name of a function may look like a place.
  assertEquals(of(`file:///p/mod.ts:1:1 (${application})`), {
    kind: "application",
  });
});

Deno.test("attribute() tells listing, looking up and loading apart", () => {
  const of = (kind: "read" | "env", ...stack: string[]) =>
    attribute(kind, [...stack, "file:///p/mod.ts:1:1"], URLS).operation;
  assertEquals(
    of("read", "Object.readDirSync (ext:deno_fs/30_fs.js:1:1)"),
    "list",
  );
  assertEquals(
    of("read", "op_fs_read_dir_async (ext:core/00_infra.js:1:1)"),
    "list",
  );
  assertEquals(
    of("read", "Object.statSync (ext:deno_fs/30_fs.js:1:1)"),
    "other",
  );
  assertEquals(
    of("env", "Object.getEnv [as get] (ext:deno_os/30_os.js:1:1)"),
    "probe",
  );
  assertEquals(
    of("env", "Object.setEnv [as set] (ext:deno_os/30_os.js:1:1)"),
    "other",
  );
  // Deno gives a loaded module the stack of the check before it.
  assertEquals(
    of("read", "Object.getEnv [as get] (ext:deno_os/30_os.js:1:1)"),
    "load",
  );
  assertEquals(attribute("read", [], URLS).operation, "load");
});

const USES: readonly Use[] = [
  { kind: "read", value: "./assets/a.json", place: "mod.ts:1" },
  { kind: "net", value: "a.example:443", place: "mod.ts:2" },
  { kind: "env", value: "A" },
  { kind: "env", value: "B", isUnset: true },
  { kind: "run", value: "/usr/bin/git", isDenied: true },
  { kind: "write", value: "<TMP>" },
];

Deno.test("diffManifest() finds what is unused, undeclared and too wide", () => {
  const diff = diffManifest(
    {
      permissions: {
        read: ["./assets"],
        net: ["a.example", "b.example"],
        sys: ["hostname"],
        run: ["git"],
      },
      optionalPermissions: { env: ["A", "C"] },
    },
    USES,
    PLACES,
  );
  assertEquals(
    diff.unused.map(({ field, kind, value }) => [field, kind, value]),
    [
      ["permissions", "net", "b.example"],
      ["permissions", "sys", "hostname"],
      ["optionalPermissions", "env", "C"],
    ],
  );
  assertEquals(diff.undeclared.map(({ field, value }) => [field, value]), [
    ["optionalPermissions", "B"],
  ]);
  assertEquals(diff.wide.map(({ value, uses }) => [value, uses]), [
    ["a.example", ["a.example:443"]],
  ]);
  assertEquals(diff.heldBack.map(({ use }) => use.value), ["<TMP>"]);
  assertEquals(diff.smallest, {
    permissions: { read: ["./assets"], net: ["a.example:443"], run: ["git"] },
    optionalPermissions: { env: ["A", "B"] },
  });
});

Deno.test("The smallest manifest is exact", () => {
  const uses = USES.filter(({ value }) => value !== "<TMP>");
  for (
    const permissions of [{}, { net: true, env: true }, {
      read: ["/"],
    }] as const
  ) {
    const before = { permissions, optionalPermissions: {} };
    const { smallest } = diffManifest(before, uses, PLACES);
    const after = diffManifest(smallest, uses, PLACES);
    assertEquals(isExact(after), true);
    assertEquals(after.wide, []);
    assertEquals(after.smallest, smallest);
  }
});

const MANIFEST = `{
  "id": "p",
  "permissions": { "net": ["old"] },
  "displayName": "P, with \\"quotes\\" and {braces}"
}
`;

Deno.test("editManifest() keeps the order and the format of all else", () => {
  const declared = {
    permissions: { net: ["a.example:443"], read: ["./x"] },
    optionalPermissions: { env: ["B"] },
  };
  const after = editManifest(MANIFEST, declared);
  assertEquals(
    after,
    `{
  "id": "p",
  "permissions": {
    "read": ["./x"],
    "net": ["a.example:443"]
  },
  "optionalPermissions": {
    "env": ["B"]
  },
  "displayName": "P, with \\"quotes\\" and {braces}"
}
`,
  );
  assertEquals(editManifest(after, declared), after);
  assertEquals(
    editManifest('{"id":"p"}', declared),
    '{"id":"p","permissions":{"read":["./x"],"net":["a.example:443"]},' +
      '"optionalPermissions":{"env":["B"]}}',
  );
  assertEquals(
    JSON.parse(editManifest("{}", { ...declared, optionalPermissions: {} })),
    { permissions: { read: ["./x"], net: ["a.example:443"] } },
  );
  // The same entries in another order or form are no change.
  const same = { permissions: { net: ["old"] }, optionalPermissions: {} };
  assertEquals(editManifest(MANIFEST, same), MANIFEST);
});

Deno.test("Evidence adds up over runs, and survives its file", () => {
  const one = { runs: 1, plugins: { p: USES } };
  const other = {
    runs: 1,
    plugins: { p: [{ kind: "env", value: "B" }], q: [] },
  } as const;
  const sum = mergeEvidence(one, other);
  assertEquals(sum.runs, 2);
  assertEquals(
    sum.plugins.p?.find(({ value }) => value === "B"),
    { kind: "env", value: "B" },
  );
  const text = formatEvidence(sum);
  assertEquals(formatEvidence(parseEvidence(text, "e")), text);
});

Deno.test("parseEvidence() refuses other files with a remedy", () => {
  for (
    const text of [
      "",
      "[]",
      '{"schema":2,"runs":1,"plugins":{}}',
      '{"schema":1,"runs":-1,"plugins":{}}',
      '{"schema":1,"runs":1,"plugins":{"p":[{"kind":"x"}]}}',
      '{"schema":1,"runs":1,"plugins":{"p":[{"kind":"read","place":"x"}]}}',
    ]
  ) {
    const error = assertThrows(
      () => parseEvidence(text, "e.json"),
      PluginError,
    );
    assertEquals(error.code, "PLUGIN_OPTION_INVALID");
    assertStringIncludes(error.remedy ?? "", "observe --merge");
  }
});
