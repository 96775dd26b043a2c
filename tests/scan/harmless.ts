/** Code that does nothing to the outside: a scan has nothing to say about it. */

export const HARMLESS: Readonly<Record<string, string>> = {
  "a plugin":
    `import { definePlugin } from "@semantik/plugins/plugin"; export default definePlugin({ setup: () => ({ embed: (x) => x.length }) });`,
  "a local of that name":
    `function f(Deno) { return Deno.run() } f({ run() {} });`,
  "a shadowed fetch": `const fetch = (x) => x; fetch("https://a.example/");`,
  "a method named fetch":
    `class Cache { fetch(key) { return this.map.get(key) } } new Cache().fetch("x");`,
  "a method named eval": `const math = { eval: (x) => x }; math.eval("1 + 1");`,
  "a method named require":
    `const di = { require: (x) => x }; di.require("fs");`,
  "a property named env": `const options = { env: "test" }; options.env;`,
  "a parameter named process": `export const run = (process) => process.env.X;`,
  "a type named Function": `export type F = Function; export let f: F; //.ts`,
  "types of Deno":
    `export interface A { file: Deno.FsFile; env: typeof Deno.env } //.ts`,
  "a type import of node:fs":
    `import type { Stats } from "node:fs"; export type S = Stats; //.ts`,
  "an inline type import":
    `import { type Stats } from "node:fs"; export type S = Stats; //.ts`,
  "a declared global":
    `declare const Deno: unknown; export type D = typeof Deno; //.ts`,
  "typeof": `export const isDeno = typeof Deno !== "undefined";`,
  "a test for a global": `export const hasFetch = "fetch" in globalThis;`,
  "the version of Deno": `export const v = Deno.version.deno;`,
  "an ordinary global": `export const r = globalThis.structuredClone({});`,
  "own constructor": `class A { copy() { return new this.constructor(this) } }`,
  "constructor of an object":
    `export const same = (a, b) => a.constructor === b.constructor;`,
  "a new one of the same kind":
    `export const like = (list) => new list.constructor(list.length);`,
  "computed names of objects": `export const get = (o, k) => o[k];`,
  "computed names of tables":
    `const t = { a: 1, b: 2 }; export const f = (k) => t[k];`,
  "loops over lists":
    `let s = 0; for (let i = 0; i < 9; i++) s += [1, 2, 3][i % 3];`,
  "a timer": `setTimeout(() => {}, 10); const f = () => {}; setInterval(f, 5);`,
  "JSON": `export const x = JSON.parse('{"Deno":"run","eval":1}');`,
  "a text about eval":
    `export const help = "Do not call eval() or Deno.run()";`,
  "a comment about fetch":
    `// fetch("https://a.example/") and Deno.run()\nexport {};`,
  "a regular expression": `export const r = /Deno\\.(run|Command)|eval\\(/u;`,
  "crypto": `export const id = crypto.randomUUID();`,
  "node:path":
    `import { join } from "node:path"; export const p = join("a", "b");`,
  "AsyncLocalStorage":
    `import { AsyncLocalStorage } from "node:async_hooks"; export const s = new AsyncLocalStorage();`,
  "node:test types": `import assert from "node:assert"; assert(true);`,
  "a local import":
    `import "./lib/a.ts"; export * from "./lib/b.ts"; await import("./lib/c.ts");`,
  "a library":
    `import { z } from "npm:zod@^4.0.0"; export const s = z.string();`,
  "generators and classes":
    `class A { static #x = 1; *[Symbol.iterator]() { yield A.#x } static { A.y = 2 } }`,
  "decorators": `const d = (x) => x; @d class A { @d accessor x = 1 }`,
  "enums and namespaces":
    `enum E { A = 1, B = "eval" } namespace N { export const fetch = 1 } export { E, N }; //.ts`,
  "JSX":
    `export const view = () => <a href="https://a.example/">{"eval"}</a>; //.tsx`,
  "emoji": `export const family = "👨‍👩‍👧 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣";`,
  "Persian and Hindi": `export const texts = ["می‌خواهم", "क्‍ष"];`,
  "a mark of byte order": `\ufeffexport const x = 1;`,
  "Hebrew with marks": `export const t = "\u200fשלום\u200e abc";`,
};
