/** Checks what a scan sees in code: evasions, harmless code, and each kind of value. */

import { assert, assertEquals } from "@std/assert";
import { scanFile } from "../../src/scan/scan_file.ts";
import { scanModule } from "../../src/scan/scan_module.ts";
import { EVASIONS, KEPT_APART } from "./evasions.ts";
import { HARMLESS } from "./harmless.ts";

/** The end of the code may say what it is, as in `//.cjs`. */
function pathOf(code: string): string {
  return `mod${/\/\/(\.[cm]?[jt]sx?)$/.exec(code)?.[1] ?? ".js"}`;
}

function observe(code: string) {
  return scanFile(pathOf(code), new TextEncoder().encode(code)).observations;
}

Deno.test("scanModule() sees every evasion, and parses each", async (t) => {
  const table = { ...EVASIONS, ...KEPT_APART };
  assert(Object.keys(table).length >= 120);
  for (const [name, code] of Object.entries(table)) {
    await t.step(name, () => {
      const found = observe(code);
      assert(
        found.every(({ rule }) => rule !== "unparsed"),
        JSON.stringify(found),
      );
      assert(found.some(({ certainty }) => certainty !== "note"), code);
    });
  }
});

Deno.test("scanModule() says nothing about harmless code", async (t) => {
  assert(Object.keys(HARMLESS).length >= 40);
  for (const [name, code] of Object.entries(HARMLESS)) {
    await t.step(name, () => assertEquals(observe(code), []));
  }
});

Deno.test("scanModule() tells the kind and the value of what code does", async (t) => {
  const table:
    readonly (readonly [code: string, ...found: readonly string[]])[] = [
      ['fetch("https://a.example/x")', "uses net a.example:443"],
      ['fetch(new URL("/x", "http://a.example"))', "uses net a.example:80"],
      [
        "const id = 1; fetch(`https://a.example/${id}`)",
        "uses net a.example:443",
      ],
      ["fetch(`https://a.example/${Math.random()}`)", "uses net a.example:443"],
      ["fetch(`https://${name}.example/`)", "uses net"],
      ["fetch(address)", "uses net"],
      [
        'const base = "https://a.example"; fetch(base + "/" + path)',
        "uses net a.example:443",
      ],
      ['fetch(new URL("./data.json", import.meta.url))'],
      ['fetch("data:text/plain,x")'],
      ['new WebSocket("wss://a.example:8443/")', "uses net a.example:8443"],
      ["const f = fetch; export { f }", "may use net"],
      [
        'Deno.connect({ hostname: "a.example", port: 5432 })',
        "uses net a.example:5432",
      ],
      ["Deno.listen({ port: 80 })", "uses net"],
      ['Deno.env.get("TOKEN")', "uses env TOKEN"],
      [
        "const { TOKEN, HOME: home } = process.env",
        "uses env TOKEN",
        "uses env HOME",
      ],
      ["process.env.TOKEN", "uses env TOKEN"],
      ['process.env["TO" + "KEN"]', "uses env TOKEN"],
      ["process.env[name]", "uses env"],
      ["Deno.env.toObject()", "uses env"],
      ["Deno.hostname()", "uses sys hostname"],
      [
        'import { hostname, totalmem } from "node:os"; hostname(); totalmem()',
        "uses sys hostname",
        "uses sys systemMemoryInfo",
      ],
      ['new Deno.Command("git", { args: [] })', "uses run git"],
      ["new Deno.Command(program)", "uses run"],
      ['Deno.dlopen("./x.so", {})', "uses ffi ./x.so"],
      [
        'Deno.readTextFile(new URL("./a.txt", import.meta.url))',
        "uses read ./a.txt",
      ],
      ['Deno.open("/a")', "uses read /a"],
      ['Deno.openSync("/a", { read: true })', "uses read /a"],
      ['Deno.open("/a", { write: true })', "uses read /a", "uses write /a"],
      ['Deno.open("/a", { ["read"]: 1 })', "uses read /a", "uses write /a"],
      ['Deno.open("/a", options)', "uses read /a", "uses write /a"],
      ['Deno.open("/a", ...rest)', "uses read /a", "uses write /a"],
      ["Function.prototype.toString.call(f)"],
      ["Function.toString.call(f)"],
      ["Deno.cwd()"],
      ["Deno.execPath()"],
      ['Deno.copyFile("/a", "/b")', "uses read /a", "uses write /a"],
      ['import "https://esm.sh/x"', "uses import esm.sh:443"],
      [
        'Deno.readTextFile(Math.random() > 1 ? "/a" : "/b")',
        "uses read /a",
        "uses read /b",
      ],
    ];
  for (const [code, ...expected] of table) {
    await t.step(code, () => {
      const found = observe(code).map(({ certainty, kind = "", value = "" }) =>
        `${certainty} ${kind} ${value}`.trim()
      );
      assertEquals(found, expected);
    });
  }
});

Deno.test("scanModule() tells the line and the column, and the imports", () => {
  const code =
    `import { z } from "npm:zod@4";\nimport "./a.ts";\n\n  await fetch(x);\nawait import("jsr:@std/assert@1");\n`;
  const { observations, imports } = scanModule(code, "mod.ts");
  assertEquals(observations.map(({ line, column }) => [line, column]), [[
    4,
    9,
  ]]);
  assertEquals([...imports].sort(), [
    "./a.ts",
    "jsr:@std/assert@1",
    "npm:zod@4",
  ]);
});

Deno.test("scanModule() says what it cannot look at, and never throws", async (t) => {
  const table = {
    "no code": "foo(;",
    "a merge": "<<<<<<< ours\nexport {};",
    "deep nesting": `${"(".repeat(3_000)}1${")".repeat(3_000)}`,
    "deep lists": `${"[".repeat(60_000)}`,
  };
  for (const [name, code] of Object.entries(table)) {
    await t.step(name, () => {
      const { observations } = scanModule(code, "mod.ts");
      assertEquals(observations.map(({ rule }) => rule).at(-1), "unparsed");
    });
  }
  await t.step("long lines are a note", () => {
    const { observations } = scanModule(
      `export default "${"x".repeat(6_000)}";`,
      "mod.js",
    );
    assertEquals(
      observations.map(({ certainty, rule }) => `${certainty} ${rule}`),
      ["note minified"],
    );
  });
  await t.step("chains that are longer than it follows", () => {
    const aliases = Array.from(
      { length: 300 },
      (_, index) => `const a${index + 1} = a${index};`,
    );
    const code = `const a0 = Deno;\n${
      aliases.reverse().join("\n")
    }\na300.readTextFileSync("/x")`;
    assert(scanModule(code, "mod.js").observations.length > 0);
  });
  await t.step("variables that depend on each other", () => {
    const code = `let a = Deno, b = a; a = b; b = a; b.readTextFileSync("/x")`;
    assert(scanModule(code, "mod.js").observations.length > 0);
  });
});

Deno.test("scanFile() knows programs, native libraries and install scripts", async (t) => {
  const bytes = (hex: string) => Uint8Array.fromHex(`${hex}0000000000`);
  const text = (content: string) => new TextEncoder().encode(content);
  const table: readonly (readonly [
    path: string,
    content: Uint8Array,
    rules: readonly string[],
  ])[] = [
    ["lib/x.wasm", bytes("0061736d"), ["wasm"]],
    ["lib/x.txt", bytes("0061736d"), ["wasm"]],
    ["bin/x", bytes("7f454c46"), ["native-addon"]],
    ["x.exe", bytes("4d5a"), ["native-addon"]],
    ["build/x.node", text("x"), ["native-addon"]],
    ["binding.gyp", text("{}"), ["native-addon"]],
    [
      "package.json",
      text('{"scripts":{"postinstall":"node x.js","test":"x"}}'),
      ["install-script"],
    ],
    ["node_modules/x/package.json", text('{"scripts":{"install":"x"}}'), [
      "install-script",
    ]],
    ["package.json", text("{"), []],
    ["image.png", bytes("89504e47"), []],
    ["README.md", text("# eval(fetch('x'))"), []],
    ["types.d.ts", text("export declare const x: typeof Deno.run;"), []],
    ["README.md", text("a\u202eb"), ["bidirectional-character"]],
  ];
  for (const [path, content, rules] of table) {
    await t.step(`${path} ${rules.join()}`, () => {
      assertEquals(
        scanFile(path, content).observations.map(({ rule }) => rule),
        rules,
      );
    });
  }
});
