import { assert, assertEquals, assertMatch } from "@std/assert";
import { z } from "zod";
import type { Finding } from "../../src/cli/findings/finding.ts";
import { formatCsv } from "../../src/cli/findings/format_csv.ts";
import { formatSarif } from "../../src/cli/findings/format_sarif.ts";
import { JsonPositions } from "../../src/cli/findings/json_position.ts";
import { runCli } from "./run_cli.ts";
import { type Files, pluginFiles, withFolder } from "./with_plugins.ts";

/** Parses a text by RFC 4180, and refuses what it does not allow. */
function parseCsv(text: string): readonly (readonly string[])[] {
  const field = String.raw`(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)`;
  const rows: string[][] = [[]];
  let end = 0;
  for (const match of text.matchAll(new RegExp(field, "gy"))) {
    const [whole, quoted, plain = "", separator] = match;
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
    if (separator === "\r\n") rows.push([]);
    end = match.index + whole.length;
  }
  assertEquals(end, text.length, "not RFC 4180");
  assertEquals(rows.pop(), []);
  return rows;
}

const text = z.strictObject({ text: z.string().min(1) });
const position = z.int().min(1);
/** The required shape of SARIF 2.1.0, and no property that it does not have. */
const SARIF = z.strictObject({
  $schema: z.url(),
  version: z.literal("2.1.0"),
  runs: z.tuple([z.strictObject({
    tool: z.strictObject({
      driver: z.strictObject({
        name: z.string().min(1),
        version: z.string(),
        informationUri: z.url(),
        rules: z.array(
          z.strictObject({ id: z.string().min(1), shortDescription: text }),
        ),
      }),
    }),
    columnKind: z.literal("utf16CodeUnits"),
    originalUriBaseIds: z.strictObject({
      "%SRCROOT%": z.strictObject({ uri: z.url().endsWith("/") }),
    }),
    results: z.array(z.strictObject({
      ruleId: z.string(),
      ruleIndex: z.int().min(0),
      level: z.enum(["none", "note", "warning", "error"]),
      message: text,
      locations: z.array(z.strictObject({
        physicalLocation: z.strictObject({
          artifactLocation: z.strictObject({
            uri: z.string().refine((uri) =>
              URL.canParse(uri, "file:///a/") && !/[\s"<>\\^`{|}]/.test(uri)
            ),
            uriBaseId: z.literal("%SRCROOT%").optional(),
          }),
          region: z.strictObject({
            startLine: position,
            startColumn: position.optional(),
          }).optional(),
        }),
        logicalLocations: z.array(
          z.strictObject({ fullyQualifiedName: z.string().min(1) }),
        ).optional(),
      })).optional(),
      properties: z.record(z.string(), z.unknown()),
    })),
  })]),
});

function parseSarif(json: string) {
  const { runs: [run] } = SARIF.parse(JSON.parse(json));
  const { rules } = run.tool.driver;
  assertEquals(new Set(rules.map(({ id }) => id)).size, rules.length);
  for (const { ruleId, ruleIndex } of run.results) {
    assertEquals(rules[ruleIndex]?.id, ruleId);
  }
  return run.results;
}

function finding(message: string, others: Partial<Finding> = {}): Finding {
  return {
    severity: "error",
    rule: "PLUGIN_MANIFEST_INVALID",
    meaning: "The manifest is invalid",
    message,
    remedy: "Correct it",
    ...others,
  };
}

const FILES: Files = {
  "shop/plugin.json": `{
  "id": "shop",
  "type": "reader",
  "version": "1.0.0",
  "permissions": {
    "net": ["a.example:443"],
    "run": true
  },
  "requires": [{ "id": "nowhere", "version": "*" }]
}`,
  "shop/mod.ts":
    '\nimport "zod";\nexport default { setup() { return {}; } };\n',
  "broken/plugin.json": '{\n  "id": "broken",\n  "type": }',
  "wrong/plugin.json":
    '{ "id": "wrong", "type": "reader",\n "version": "1.0.0",\n "nmae": 1 }',
};

Deno.test("validate, plan and permissions print findings as CSV, the worst first", async (t) => {
  await withFolder(FILES, async (folder) => {
    const rows: readonly (readonly [string, readonly string[]])[] = [
      ["validate", [
        'critical,hazard-run,"shop",7,permissions.run',
        'error,PLUGIN_MANIFEST_INVALID,"",3,',
        'error,PLUGIN_MANIFEST_INVALID,"wrong",3,nmae',
        'error,PLUGIN_IMPORT_FAILED,"shop",2,',
      ]],
      ["permissions", [
        'error,PLUGIN_DEPENDENCY_MISSING,"shop",1,',
        'error,PLUGIN_MANIFEST_INVALID,"",3,',
        'error,PLUGIN_MANIFEST_INVALID,"wrong",3,nmae',
      ]],
      ["plan", [
        'error,PLUGIN_DEPENDENCY_MISSING,"shop",1,',
        'error,PLUGIN_MANIFEST_INVALID,"",3,',
        'error,PLUGIN_MANIFEST_INVALID,"wrong",3,nmae',
      ]],
    ];
    for (const [command, expected] of rows) {
      await t.step(command, async () => {
        const { code, stdout } = await runCli([
          command,
          folder,
          "--format=csv",
        ]);
        assertEquals(code, 1);
        const [header, ...found] = parseCsv(stdout);
        assertEquals(
          header?.join(),
          "severity,rule,plugin,source,file,line,column,path,message,remedy",
        );
        assertEquals(
          found.map(([severity, rule, id, , , line, , path]) =>
            `${severity},${rule},"${id}",${line},${path}`
          ).toSorted(),
          expected.toSorted(),
        );
        assertEquals(found[0]?.[0], expected[0]?.split(",", 1)[0]);
      });
      await t.step(`${command} as SARIF`, async () => {
        const sarif = await runCli([command, folder, "--format=sarif"]);
        assertEquals(sarif.code, 1);
        const results = parseSarif(sarif.stdout);
        assertEquals(results.length, expected.length);
        assert(
          results.every(({ locations }) =>
            locations?.[0]?.physicalLocation.region !== undefined
          ),
        );
      });
    }
  });
});

Deno.test("--format=csv and sarif print a header or a log even without findings", async () => {
  await withFolder(pluginFiles("fine"), async (folder) => {
    for (const command of ["validate", "plan", "permissions"]) {
      const csv = await runCli([command, folder, "--format=csv"]);
      assertEquals([csv.code, csv.stdout.split("\r\n").length], [0, 2]);
      const sarif = await runCli([command, folder, "--format=sarif"]);
      assertEquals([sarif.code, parseSarif(sarif.stdout)], [0, []]);
    }
  });
});

Deno.test("formatCsv() lets no spreadsheet run a text, split it, or take it for another line", () => {
  const hostile = [
    '=HYPERLINK("https://evil.example","x")',
    "+1+cmd|'/c calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "  =1",
    "\u{ff1d}1",
    "\u200b=1",
  ];
  const rows = parseCsv(formatCsv(hostile.map((one) => finding(one))));
  for (const [, ...cells] of rows.entries()) {
    for (const text of cells.flat()) assert(!/^\s*[=+\-@]/.test(text), text);
  }
  assertEquals(
    rows.slice(1).map((row) => row[8]).toSorted(),
    [
      '\'=HYPERLINK("https://evil.example","x")',
      "'+1+cmd|'/c calc'!A0",
      "'-2+3",
      "'@SUM(1)",
      "\\t=1",
      "\\r=1",
      "'  =1",
      "'\u{ff1d}1",
      "\\u200b=1",
    ].toSorted(),
  );
  const lines = 'a,"b"\nc;d\r\ne\u202e';
  assertEquals(
    parseCsv(formatCsv([finding(lines)]))[1]?.[8],
    'a,"b"\\nc;d\\r\\ne\\u202e',
  );
});

Deno.test("formatSarif() escapes placeholders and links, and names files below the directory by it", () => {
  const run = { version: "1.0.0", directory: "/srv/my app" };
  const results = parseSarif(formatSarif([
    finding('{0} and { "env": [] } [see](https://evil.example)\u001b', {
      place: { file: "/srv/my app/a b/plugin.json", line: 3, column: 4 },
      id: "p",
      path: "permissions.net[0]",
    }),
    finding("elsewhere", { place: { file: "/srv/other/#x?.ts" } }),
    finding("package", { place: { file: "jsr:@a/b@1.0.0" } }),
    finding("nowhere", { severity: "low", rule: "hazard-net" }),
  ], run));
  assertEquals(
    results.map(({ level, locations = [] }) => [
      level,
      ...locations.map(({ physicalLocation }) =>
        physicalLocation.artifactLocation.uri
      ),
    ]),
    [
      ["error", "a%20b/plugin.json"],
      ["error", "file:///srv/other/%23x%3F.ts"],
      ["error", "jsr:@a/b@1.0.0"],
      ["note"],
    ],
  );
  assertMatch(
    results[0]?.message.text ?? "",
    /^\{\{0\}\} and \{\{ "env": \[\] \}\} \[see\] \(https/,
  );
});

Deno.test("JsonPositions.find() finds the place of a value, or of the nearest one around it", () => {
  const json =
    '{ "a": [1, {"b c": "}, ]", "d": {}}],\n  "e": "\\"x",\n "a2": [[], [2]] }';
  const rows:
    readonly (readonly [path: string, line: number, column: number])[] = [
      ["", 1, 1],
      ["a", 1, 3],
      ["a[0]", 1, 9],
      ["a[1]", 1, 12],
      ['a[1]["b c"]', 1, 13],
      ["a[1].d", 1, 28],
      ["e", 2, 3],
      ["a2[1][0]", 3, 14],
      ["e.f[3].g", 2, 3],
      ["nothing[0]", 1, 1],
    ];
  const positions = new JsonPositions(json);
  for (const [path, line, column] of rows) {
    assertEquals([path, positions.find(path)], [path, { line, column }]);
  }
  for (const broken of ["", '{"a', "]]}", '{"a":[', "[,,:"]) {
    assertEquals(new JsonPositions(broken).find("a[0]").line, 1);
  }
});
