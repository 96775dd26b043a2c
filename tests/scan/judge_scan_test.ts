/** Checks what a scan says beside the manifest. */

import { assert, assertEquals } from "@std/assert";
import type { PermissionDeclaration } from "@semantik/plugins/permissions";
import { judgeScan } from "../../src/scan/judge_scan.ts";
import { scanDirectory } from "../../src/scan/scan_directory.ts";
import { scanFile } from "../../src/scan/scan_file.ts";
import { makeSymlink } from "../make_symlink.ts";
import { makeFolder } from "../provenance/plugin_folder.ts";

function report(
  code: string,
  permissions: PermissionDeclaration = {},
  optionalPermissions: PermissionDeclaration = {},
) {
  const { observations, imports } = scanFile(
    "mod.ts",
    new TextEncoder().encode(code),
  );
  return judgeScan(
    observations.map((one) => ({ ...one, file: "mod.ts" })),
    imports,
    { permissions, optionalPermissions },
  );
}

Deno.test("judgeScan() names the line of the manifest to add", async (t) => {
  const table: readonly (readonly [code: string, add: string])[] = [
    ['fetch("https://a.example/")', '"net": ["a.example:443"]'],
    ["fetch(x)", '"net": ["…"]'],
    ['Deno.env.get("TOKEN")', '"env": ["TOKEN"]'],
    ["Deno.hostname()", '"sys": ["hostname"]'],
    ['new Deno.Command("git")', '"run": ["git"]'],
    ['Deno.readTextFile("./a.txt")', '"read": ["./a.txt"]'],
  ];
  for (const [code, add] of table) {
    await t.step(code, () => {
      const [finding, ...others] = report(code).findings;
      assertEquals(finding?.severity, "error");
      assertEquals(finding?.add, add);
      assert(finding?.message.includes("which the manifest does not declare"));
      assert(finding?.remedy.includes(add));
      assertEquals([finding?.file, finding?.line, others.length], [
        "mod.ts",
        1,
        0,
      ]);
    });
  }
});

Deno.test("judgeScan() compares values as Deno does", async (t) => {
  type Row = readonly [
    code: string,
    permissions: PermissionDeclaration,
    severity?: "error",
  ];
  const table: readonly Row[] = [
    ['fetch("https://a.example/")', { net: ["a.example"] }],
    ['fetch("https://a.example/")', { net: ["a.example:443"] }],
    ['fetch("https://a.example/")', { net: ["*.example"] }],
    ['fetch("https://a.example/")', { net: true }],
    ['fetch("https://a.example/")', { net: ["b.example"] }, "error"],
    ['fetch("https://a.example/")', { net: ["a.example:80"] }, "error"],
    ["fetch(x)", { net: ["b.example"] }],
    ['Deno.env.get("AWS_REGION")', { env: ["AWS_*"] }],
    ['Deno.env.get("HOME")', { env: ["AWS_*"] }, "error"],
    ['Deno.readTextFile("/data/x")', { read: ["/data"] }],
    // Relative paths depend on where the host was started, and others on links.
    ['Deno.readTextFile("./x")', { read: ["./y"] }],
    ['new Deno.Command("sh")', { run: ["git"] }, "error"],
  ];
  for (const [code, permissions, severity] of table) {
    await t.step(`${code} ${JSON.stringify(permissions)}`, () => {
      const { findings, declared } = report(code, permissions);
      assertEquals(findings[0]?.severity, severity);
      assertEquals(declared.length, severity === undefined ? 1 : 0);
    });
  }
  await t.step("optional permissions are declared as well", () => {
    const { findings } = report('fetch("https://a.example/")', {}, {
      net: ["a.example"],
    });
    assertEquals(findings, []);
  });
});

Deno.test("judgeScan() lets a plugin read its own files, and nothing beside them", async (t) => {
  const read = (path: string) => `Deno.readTextFile(${path})`;
  const url = (path: string) => read(`new URL("${path}", import.meta.url)`);
  const fine = [
    url("./a.txt"),
    url("data/a.txt"),
    url("./data/../a.txt"),
    read('import.meta.dirname + "/a.txt"'),
    read("`${import.meta.dirname}/a.txt`"),
    'const here = import.meta.dirname; Deno.readFile(here + "/a.txt")',
  ];
  const bad = [
    url("../a.txt"),
    url("./data/../../a.txt"),
    url("/etc/passwd"),
    url("//host/a.txt"),
    url("file:///etc/passwd"),
    url("%2e%2e/a.txt"),
    url(".\\t./a.txt"),
    url("\\u0001../a.txt"),
    url("..\\\\a.txt"),
    read('import.meta.dirname + "2/a.txt"'),
    read("`${import.meta.dirname}.old/a.txt`"),
    read("`${import.meta.dirname}/${name}`"),
    read("import.meta.dirname + name"),
    read('"./a.txt"'),
    'Deno.writeTextFile(new URL("./a.txt", import.meta.url), "")',
  ];
  for (const code of fine) {
    await t.step(code, () => assertEquals(report(code).findings, []));
  }
  for (const code of bad) {
    await t.step(code, () => {
      assertEquals(report(code).findings[0]?.severity, "error");
    });
  }
});

Deno.test("judgeScan() orders findings: what is hidden or undeclared first", () => {
  const code =
    `eval(x);\nconst f = fetch; export { f };\nDeno.hostname(); // \u202e\n"soft\u00adhyphen";`;
  assertEquals(
    report(code).findings.map(({ severity, line }) => `${severity} ${line}`),
    ["error 3", "error 3", "warning 1", "warning 2", "note 4"],
  );
});

Deno.test("scanDirectory() looks into every folder, and follows no link", async () => {
  await using folder = await makeFolder({
    "plugin.json": "{}",
    "mod.ts": 'import "npm:zod@4"; export default {};',
    ".hidden/a.js": "eval(x)",
    "node_modules/b/index.js": "// deno-lint-ignore-file\neval(x) // nosemgrep",
    "dist/c.min.js": "eval(x)",
    "docs/d.md": "eval(x)",
  });
  await makeSymlink("/etc", `${folder.path}/etc`);
  const { findings, imports } = scanDirectory(folder.path, {
    permissions: {},
    optionalPermissions: {},
  });
  assertEquals(findings.map(({ file, rule }) => `${file} ${rule}`), [
    ".hidden/a.js generated-code",
    "dist/c.min.js generated-code",
    "etc unparsed",
    "node_modules/b/index.js generated-code",
  ]);
  assertEquals(imports, ["npm:zod@4"]);
});
