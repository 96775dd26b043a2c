import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { adaptPackages } from "../../../tools/setup/adapt_packages.ts";
import type { CarriedPackage } from "../../../tools/setup/carriers.ts";

const PACKAGES: readonly CarriedPackage[] = [
  {
    name: "top",
    version: "1.2.3",
    carrier: "log",
    code: "package/esm/top/1.2.3/",
    types: "package/types/top/1.2.3/",
    main: "mod.js",
  },
  {
    name: "low",
    version: "0.4.0",
    carrier: "log",
    code: "package/esm/low/0.4.0/",
    types: "package/types/low/0.4.0/",
  },
];

const FILES = {
  "package/esm/top/1.2.3/mod.js": 'export * from "./do_it.js";\n',
  "package/esm/top/1.2.3/do_it.js":
    'import { say } from "../../low/0.4.0/say_it.js";\nimport "./_hidden.js";\n',
  "package/esm/top/1.2.3/_hidden.js": "export {};\n",
  "package/esm/top/1.2.3/not_reached.js": "export {};\n",
  "package/types/top/1.2.3/mod.d.ts": 'export * from "./do_it.js";\n',
  "package/types/top/1.2.3/do_it.d.ts":
    'export type { Word } from "../../low/0.4.0/types.js";\n',
  "package/esm/low/0.4.0/say_it.js": "export function say() {}\n",
  "package/esm/low/0.4.0/types.js": "export {};\n",
  "package/types/low/0.4.0/types.d.ts": "export type Word = string;\n",
};

function carry(changes: Readonly<Record<string, string>> = {}) {
  return { log: new Map(Object.entries({ ...FILES, ...changes })) };
}

Deno.test("adaptPackages() takes only the modules that the main file reaches", () => {
  const [top, low] = adaptPackages(PACKAGES, carry());
  assertEquals([...top?.files.keys() ?? []].sort(), [
    "_hidden.js",
    "do_it.d.ts",
    "do_it.js",
    "mod.d.ts",
    "mod.js",
  ]);
  assertEquals([...low?.files.keys() ?? []].sort(), [
    "say_it.js",
    "types.d.ts",
    "types.js",
  ]);
});

Deno.test("adaptPackages() exports everything public under JSR's names", () => {
  const [top, low] = adaptPackages(PACKAGES, carry());
  assertEquals(top?.exports, { ".": "./mod.js", "./do-it": "./do_it.js" });
  assertEquals(low?.exports, {
    "./say-it": "./say_it.js",
    "./types": "./types.js",
  });
});

Deno.test("adaptPackages() turns imports between packages into jsr: imports", () => {
  const [top] = adaptPackages(PACKAGES, carry());
  assertStringIncludes(
    top?.files.get("do_it.js") ?? "",
    'from "jsr:@std/low@0.4.0/say-it"',
  );
  assertStringIncludes(
    top?.files.get("do_it.d.ts") ?? "",
    'from "jsr:@std/low@0.4.0/types"',
  );
});

Deno.test("adaptPackages() references the types of a module", () => {
  const [top, low] = adaptPackages(PACKAGES, carry());
  assertEquals(
    top?.files.get("mod.js"),
    '/* @ts-self-types="./mod.d.ts" */\nexport * from "./do_it.js";\n',
  );
  assertEquals(low?.files.get("say_it.js"), "export function say() {}\n");
});

Deno.test("adaptPackages() refuses an unresolved import", async (t) => {
  const mod = "package/esm/top/1.2.3/mod.js";
  const cases = {
    'import "../../other/1.0.0/mod.js";': "no package of the recipe holds",
    'import "node:fs";': "no package of the recipe holds",
    'import "left-pad";': "no package of the recipe holds",
    'import "./missing.js";': 'has no "package/esm/top/1.2.3/missing.js"',
  };
  for (const [text, message] of Object.entries(cases)) {
    await t.step(text, () => {
      assertThrows(
        () => adaptPackages(PACKAGES, carry({ [mod]: text })),
        Error,
        message,
      );
    });
  }
});
