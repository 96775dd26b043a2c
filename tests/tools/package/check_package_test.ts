import { assertEquals, assertThrows } from "@std/assert";
import {
  checkPackage,
  type PackageFacts,
} from "../../../tools/package/check_package.ts";
import { readDocumentation } from "../../../tools/package/documentation.ts";
import {
  EXPECTED_FILES,
  readPackedFiles,
} from "../../../tools/package/packed_files.ts";

const B = {
  name: "b",
  isDocumented: true,
  kind: "function",
  summary: "Does b.",
  mentions: ["b"],
};

const WHOLE: PackageFacts = {
  config: {
    name: "@a/b",
    version: "1.0.0",
    license: "MIT",
    description: "B",
    exports: { ".": "./mod.ts" },
  },
  documentation: [{
    path: "./mod.ts",
    moduleDoc: "B.\n\n```ts\nb();\n```",
    symbols: [B],
  }],
  packed: [...EXPECTED_FILES, "src/b.ts"],
  modules: ["src/b.ts"],
  readme: "# B\n\n```ts\nb();\n```\n",
  workflow: "permissions:\n  id-token: write\nrun: deno publish\n",
  canPublish: true,
};

function faultsOf(change: Partial<PackageFacts>): readonly string[] {
  return checkPackage({ ...WHOLE, ...change }).flatMap(({ faults }) => faults);
}

Deno.test("checkPackage() finds no fault in a complete package", () => {
  assertEquals(faultsOf({}), []);
});

Deno.test("checkPackage() names each fault", async (t) => {
  const [entry] = WHOLE.documentation;
  const cases: [Partial<PackageFacts>, readonly string[]][] = [
    [{ readme: "# B\n" }, ["README.md has no example"]],
    [{ documentation: [] }, ["./mod.ts was not read"]],
    [
      {
        documentation: [{ path: "./mod.ts", moduleDoc: "", symbols: [] }],
      },
      [
        "./mod.ts has no module doc",
        "./mod.ts has no example in its module doc",
      ],
    ],
    [
      {
        documentation: [{
          path: "./mod.ts",
          moduleDoc: entry?.moduleDoc ?? "",
          symbols: [
            { ...B, isDocumented: false, mentions: ["b", "Options"] },
          ],
        }],
      },
      [
        "b of ./mod.ts is not documented",
        "./mod.ts exports b without Options",
      ],
    ],
    [{ canPublish: false }, ["deno publish --dry-run fails"]],
    [
      { config: { ...WHOLE.config, license: "" } },
      ['deno.json has no "license"'],
    ],
    [{ workflow: "deno publish" }, [
      "the workflow may not ask for an identity",
    ]],
    [
      { workflow: "id-token: write\ndeno publish --no-provenance" },
      ["the workflow gives a point up"],
    ],
    [
      { packed: WHOLE.packed.filter((path) => path !== "LICENSE") },
      ["LICENSE is not packed"],
    ],
    [{ packed: EXPECTED_FILES }, ["src/b.ts is not packed"]],
    [
      { packed: [...WHOLE.packed, "tests/b_test.ts"] },
      ["tests/b_test.ts is packed for nobody"],
    ],
  ];
  for (const [change, faults] of cases) {
    await t.step(faults.join(), () => assertEquals(faultsOf(change), faults));
  }
});

Deno.test("readDocumentation() reads docstrings and the types of signatures", () => {
  let line = 0;
  const at = () => ({ filename: "file:///p/src/b.ts", line: ++line, col: 0 });
  const symbol = (name: string, ...docs: readonly unknown[]) => ({
    name,
    declarations: docs.map((jsDoc) => ({
      jsDoc,
      kind: "function",
      location: at(),
      def: {
        params: [
          typeRef("Own", { kind: "import", specifier: "./own.ts" }),
          typeRef("Beside", { kind: "local" }),
          typeRef("Handler", { kind: "import", specifier: "@std/log" }),
          typeRef("Promise"),
        ],
        jsDoc: typeRef("Thrown", { kind: "local" }),
      },
    })),
  });
  const typeRef = (typeName: string, resolution?: unknown) => ({
    kind: "typeRef",
    value: { typeName, resolution },
  });
  const reference = (name: string, line: number) => ({
    name,
    declarations: [{
      kind: "reference",
      location: { filename: "file:///p/none.ts", line, col: 2 },
      def: { target: { filename: "file:///p/src/b.ts", line, col: 0 } },
    }],
  });
  const read = (name: string, isDocumented: boolean, summary = "") => ({
    name,
    isDocumented,
    kind: "function",
    summary,
    mentions: ["Own", "Beside"],
  });
  const output = {
    version: 2,
    nodes: {
      "file:///p/mod.ts": {
        module_doc: {
          doc: "B",
          tags: [{ kind: "example", doc: "One\n```ts\n```" }],
        },
        symbols: [
          symbol("whole", { doc: "Makes a\n{@linkcode B}. Returns it." }),
          symbol("overloaded", undefined, { doc: "B" }),
          symbol("bare", undefined),
          symbol("blank", { doc: " " }),
        ],
      },
      "file:///p/none.ts": {
        symbols: [reference("whole", 1), reference("bare", 4)],
      },
    },
  };
  assertEquals(readDocumentation(output, "file:///p/"), [
    {
      path: "./mod.ts",
      moduleDoc: "B\nOne\n```ts\n```",
      symbols: [
        read("whole", true, "Makes a `B`."),
        read("overloaded", true, "B"),
        read("bare", false),
        read("blank", false),
      ],
    },
    {
      path: "./none.ts",
      moduleDoc: "",
      symbols: [read("whole", true, "Makes a `B`."), read("bare", false)],
    },
  ]);
  assertThrows(
    () => readDocumentation({ version: 3 }, "file:///p/"),
    TypeError,
  );
});

Deno.test("readPackedFiles() reads what would be packed", () => {
  const said = "Simulating publish\n   file:///p/mod.ts (1.2KB)\n" +
    "   file:///p/a%20b.md (3B)\nSuccess\n";
  assertEquals(readPackedFiles(said, "file:///p/"), ["a b.md", "mod.ts"]);
});
