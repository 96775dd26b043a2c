import { assertEquals } from "@std/assert";
import { broughtModules } from "@semantik/plugins/provenance";

const DENO_LOCK = JSON.stringify({
  version: "5",
  specifiers: {
    "jsr:@std/assert@^1.0.19": "1.0.19",
    "jsr:@std/internal@^1.0.12": "1.0.13",
    "npm:fast-check@4": "4.11.0",
    "npm:react@19": "19.0.0",
    "npm:zod@*": "4.6.7",
  },
  jsr: {
    "@std/assert@1.0.19": {
      integrity: "eaad",
      dependencies: ["jsr:@std/internal@^1.0.12"],
    },
    "@std/internal@1.0.13": { integrity: "dc83" },
  },
  npm: {
    "fast-check@4.11.0": { integrity: "sha512-F", dependencies: ["pure-rand"] },
    "pure-rand@8.4.2": { integrity: "sha512-P" },
    "zod@4.6.7": { integrity: "sha512-Z" },
    "react@19.0.0": {
      integrity: "sha512-R",
      dependencies: ["loose@1.0.0", "react@19.0.0"],
      optionalDependencies: ["@a/native"],
    },
    "loose@1.0.0": { integrity: "sha512-1" },
    "loose@2.0.0": { integrity: "sha512-2" },
    "@a/native@3.0.0": { integrity: "sha512-N" },
    "unpinned@1.0.0": {},
  },
  redirects: { "https://a.example/x": "https://a.example/x@1/mod.ts" },
  remote: { "https://a.example/x@1/mod.ts": "beef" },
});

Deno.test("broughtModules() follows packages to all that they need", async (t) => {
  type Row = readonly [
    imports: readonly string[],
    modules: Readonly<Record<string, string>>,
    missing: readonly string[],
  ];
  const table: readonly Row[] = [
    [[], {}, []],
    [["npm:zod"], { "npm:zod@4.6.7": "sha512-Z" }, []],
    [["npm:/zod@*/v4/mini"], { "npm:zod@4.6.7": "sha512-Z" }, []],
    [["jsr:@std/assert@^1.0.19/equals"], {
      "jsr:@std/assert@1.0.19": "eaad",
      "jsr:@std/internal@1.0.13": "dc83",
    }, []],
    [["npm:fast-check@4", "npm:fast-check@4"], {
      "npm:fast-check@4.11.0": "sha512-F",
      "npm:pure-rand@8.4.2": "sha512-P",
    }, []],
    [["npm:react@19"], {
      "npm:@a/native@3.0.0": "sha512-N",
      "npm:loose@1.0.0": "sha512-1",
      "npm:react@19.0.0": "sha512-R",
    }, []],
    [["https://a.example/x"], { "https://a.example/x@1/mod.ts": "beef" }, []],
    [["npm:evil@1", "https://b.example/", "jsr:@a/b@1"], {}, [
      "https://b.example/",
      "jsr:@a/b@1",
      "npm:evil@1",
    ]],
    [["npm:unpinned@1.0.0"], {}, ["npm:unpinned@1.0.0"]],
    [["npm:zod@^3.0.0"], {}, ["npm:zod@^3.0.0"]],
  ];
  for (const [imports, modules, missing] of table) {
    await t.step(JSON.stringify(imports), () => {
      assertEquals(broughtModules(DENO_LOCK, imports), { modules, missing });
    });
  }
});

Deno.test("broughtModules() misses everything in a text that is no deno.lock", () => {
  for (
    const text of ["", "[]", "{", '{"specifiers":[]}', '{"npm":{"zod@*":1}}']
  ) {
    assertEquals(broughtModules(text, ["npm:zod"]), {
      modules: {},
      missing: ["npm:zod"],
    });
  }
});
