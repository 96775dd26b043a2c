import { assertEquals, assertThrows } from "@std/assert";
import { adaptModule } from "../../../tools/setup/adapt_module.ts";

function shout(specifier: string): string {
  return specifier.toUpperCase();
}

Deno.test("adaptModule() puts the globals back", () => {
  const text = `import * as dntShim from "../../../../../_dnt.shims.js";
const { Deno } = dntShim.dntGlobalThis;
export const file = dntShim.Deno.openSync("x");
`;
  assertEquals(
    adaptModule(text, shout),
    `const { Deno } = globalThis;
export const file = Deno.openSync("x");
`,
  );
});

Deno.test("adaptModule() rewrites every form of import", async (t) => {
  const cases = {
    'import { a } from "./a.js";': 'import { a } from "./A.JS";',
    'import "./a.js";': 'import "./A.JS";',
    "import type { A } from './a.js';": "import type { A } from './A.JS';",
    'import {\n  a,\n  b,\n} from "./a.js";':
      'import {\n  a,\n  b,\n} from "./A.JS";',
    'export * from "./a.js";': 'export * from "./A.JS";',
    'export { a as b } from "./a.js";': 'export { a as b } from "./A.JS";',
    'type A = import("./a.js").A;': 'type A = import("./A.JS").A;',
  };
  for (const [text, expected] of Object.entries(cases)) {
    await t.step(text, () => {
      assertEquals(adaptModule(text, shout), expected);
    });
  }
});

Deno.test("adaptModule() ignores text that only looks like an import", async (t) => {
  const cases = [
    '/**\n * import { a } from "./a.js";\n */',
    'export class A {\n  /** from "./a.js" */\n  a = 1;\n}',
    'const text = `from "./a.js"`;',
    'export const from = "./a.js";',
    'export function from(a = "./a.js") {}',
  ];
  for (const text of cases) {
    await t.step(text, () => assertEquals(adaptModule(text, shout), text));
  }
});

Deno.test("adaptModule() drops the reference to a source map", () => {
  assertEquals(
    adaptModule("export {};\n//# sourceMappingURL=a.d.ts.map\n", shout),
    "export {};\n",
  );
});

Deno.test("adaptModule() refuses a module that it cannot convert", async (t) => {
  const cases = [
    'const a = require("./a.js");',
    'export * from "../_dnt.shims.js";',
    "const a = dntShim;",
  ];
  for (const text of cases) {
    await t.step(text, () => {
      assertThrows(
        () => adaptModule(text, (name) => name),
        Error,
        "A module still contains",
      );
    });
  }
});
