/** The names of Deno, Node and the web that can do something, by permission. */

import type { PermissionKind } from "../permissions/permission_set.ts";

/** The permission of a name, and the argument that has the value. */
export interface Rule {
  readonly kind: PermissionKind | "code";
  /** The kind of a second permission, e.g. to write the copy. */
  readonly also?: PermissionKind;
  /** True if the second permission depends on the options in the second argument. */
  readonly isOpening?: true;
  /** The index of the argument that has the value. */
  readonly argument?: number;
  /** `url`: the host of a URL. `host`: an object with `hostname` and `port`. */
  readonly form?: "url" | "host" | "path" | "name";
  /** The value, if it is always the same. */
  readonly value?: string;
}

const read: Rule = { kind: "read", argument: 0, form: "path" };
const write: Rule = { kind: "write", argument: 0, form: "path" };
const both: Rule = { ...read, also: "write" };
const net: Rule = { kind: "net" };
const url: Rule = { kind: "net", argument: 0, form: "url" };
const host: Rule = { kind: "net", argument: 0, form: "host" };
const env: Rule = { kind: "env", argument: 0, form: "name" };
const run: Rule = { kind: "run", argument: 0, form: "name" };
const ffi: Rule = { kind: "ffi", argument: 0, form: "path" };
const code: Rule = { kind: "code" };

function named(
  rule: Rule,
  names: string,
): readonly (readonly [string, Rule])[] {
  return names.trim().split(/\s+/).map((name) => [name, rule] as const);
}

function sys(names: string): readonly (readonly [string, Rule])[] {
  return names.trim().split(/\s+/).map((name) => {
    const [key = "", value = key] = name.split("=");
    return [key, { kind: "sys", value }] as const;
  });
}

/** The functions of a module, and of `default` and others that are the same. */
function ofModule(
  module: string,
  ...lists: readonly (readonly (readonly [string, Rule])[])[]
): readonly (readonly [string, Rule])[] {
  return lists.flat().map(([name, rule]) =>
    [`${module}.${name}`, rule] as const
  );
}

const READ = "readFile readFileSync readTextFile readTextFileSync readDir " +
  "readDirSync stat statSync lstat lstatSync realPath realPathSync readLink " +
  "readLinkSync watchFs chdir";
const WRITE = "writeFile writeFileSync writeTextFile writeTextFileSync mkdir " +
  "mkdirSync remove removeSync chmod chmodSync chown chownSync truncate " +
  "truncateSync utime utimeSync makeTempDir makeTempDirSync makeTempFile " +
  "makeTempFileSync create createSync";

const FS_READ = "access accessSync createReadStream exists existsSync glob " +
  "globSync lstat lstatSync openAsBlob opendir opendirSync readdir readdirSync " +
  "readFile readFileSync readlink readlinkSync realpath realpathSync stat " +
  "statSync statfs statfsSync watch watchFile";
const FS_WRITE = "appendFile appendFileSync chmod chmodSync chown chownSync " +
  "createWriteStream lchown lchownSync lutimes lutimesSync mkdir mkdirSync " +
  "mkdtemp mkdtempSync rm rmSync rmdir rmdirSync truncate truncateSync unlink " +
  "unlinkSync utimes utimesSync writeFile writeFileSync";
const FS_BOTH = "copyFile copyFileSync cp cpSync link linkSync open openSync " +
  "rename renameSync symlink symlinkSync";

const SYSTEM = "arch= cpus=cpus endianness= freemem=systemMemoryInfo " +
  "getPriority homedir hostname loadavg networkInterfaces platform= " +
  "release=osRelease setPriority totalmem=systemMemoryInfo type= " +
  "uptime=osUptime userInfo version=osRelease machine=cpus";

/** The rules of single names, by their path. */
export const RULES: ReadonlyMap<string, Rule> = new Map([
  ...ofModule("Deno", named(read, READ), named(write, WRITE)),
  ...ofModule(
    "Deno",
    named(
      both,
      "copyFile copyFileSync rename renameSync link linkSync " +
        "symlink symlinkSync openKv",
    ),
    named({ ...both, isOpening: true }, "open openSync"),
    named(host, "connect connectTls listen listenTls listenDatagram serve"),
    named({ kind: "net", argument: 0, form: "name" }, "resolveDns"),
    named(net, "connectQuic QuicEndpoint createHttpClient"),
    named(
      env,
      "env.get env.set env.has env.delete",
    ),
    named({ kind: "env" }, "env.toObject"),
    sys(
      "hostname osRelease osUptime loadavg networkInterfaces " +
        "systemMemoryInfo uid gid",
    ),
    named(run, "Command run"),
    named({ kind: "run" }, "kill Process spawn spawnAndWait"),
    named(ffi, "dlopen"),
    named(
      { kind: "ffi" },
      "UnsafePointer UnsafePointerView UnsafeCallback UnsafeFnPointer",
    ),
  ),
  ["fetch", url],
  ["WebSocket", url],
  ["WebSocketStream", url],
  ["EventSource", url],
  ["WebTransport", url],
  ["Request", url],
  ["eval", code],
  ["Function", code],
  ["importScripts", code],
  ["WebAssembly", code],
  ["process.binding", { kind: "ffi" }],
  ["process.dlopen", { kind: "ffi", argument: 1, form: "path" }],
  ["process.kill", { kind: "run" }],
  ["process.chdir", read],
  ["process.execve", { kind: "run" }],
  ["node:vm", code],
  ["node:inspector", code],
  ["node:repl", code],
  ["node:wasi", code],
  ["node:cluster", { kind: "run" }],
  ["node:worker_threads.Worker", code],
  ["node:v8.setFlagsFromString", code],
  ["node:module.register", code],
  ["node:module.registerHooks", code],
  ...ofModule(
    "node:fs",
    named(read, FS_READ),
    named(write, FS_WRITE),
    named(both, FS_BOTH),
  ),
  ...ofModule("node:os", sys(SYSTEM).filter(([, { value }]) => value !== "")),
  ...ofModule(
    "node:child_process",
    named(run, "spawn spawnSync exec execSync execFile execFileSync"),
    named(run, "fork"),
  ),
  ...["node:http", "node:https"].flatMap((module) =>
    ofModule(
      module,
      named(url, "get request"),
      named(net, "createServer Agent globalAgent Server"),
    )
  ),
  ...["node:net", "node:tls", "node:dgram", "node:http2", "node:dns"].flatMap(
    (module) =>
      ofModule(
        module,
        named(
          net,
          "connect createConnection createServer createSecureServer " +
            "createSocket Socket Server lookup resolve resolve4 resolve6 " +
            "resolveTxt resolveAny reverse Resolver TLSSocket",
        ),
      ),
  ),
  ["node:sqlite.DatabaseSync", both],
]);

const PREFIXES: ReadonlySet<string> = new Set([
  "Deno",
  "globalThis",
  "process",
  "module",
  "node:module",
  ...[...RULES.keys()].flatMap((path) => {
    const parts = path.split(".");
    return parts.slice(1).map((_, index) =>
      parts.slice(0, index + 1).join(".")
    );
  }),
  "process.env",
]);

/** Tests if powerful names are properties of an object. */
export function isNamespace(path: string): boolean {
  return PREFIXES.has(path);
}

/** Names of the global object. */
const GLOBAL_NAMES: ReadonlySet<string> = new Set([
  "globalThis",
  "self",
  "window",
  "global",
]);

/** Global names that a module can do something with. */
export const POWERFUL_GLOBALS: ReadonlySet<string> = new Set([
  ...GLOBAL_NAMES,
  ...[...RULES.keys()].map((path) => path.split(".")[0] ?? "")
    .filter((name) => !name.startsWith("node:")),
  "process",
  "require",
  "module",
  "Reflect",
  "Worker",
  "SharedWorker",
  "setTimeout",
  "setInterval",
  "Object",
]);

/** Modules of Node that can be named without `node:`. */
const NODE_MODULES: ReadonlySet<string> = new Set(
  ("child_process cluster dgram dns fs fs/promises http http2 https inspector " +
    "module net os process repl sqlite tls v8 vm wasi worker_threads").split(
      " ",
    ),
);

/** Returns the path of a module of Node; others are `undefined`. */
export function nodeModule(specifier: string): string | undefined {
  const name = specifier.replace(/^node:/, "");
  if (!NODE_MODULES.has(name) && !specifier.startsWith("node:")) {
    return undefined;
  }
  return `node:${
    name.replace(/^(fs|dns)\/promises$/, "$1")
      .replace(/^inspector\/promises$/, "inspector")
  }`;
}

/** Brings a path of names into the form of the rules. */
export function canonicalPath(names: readonly string[]): readonly string[] {
  let path = names;
  for (;;) {
    const [first = "", second, ...rest] = path;
    if (second !== undefined && GLOBAL_NAMES.has(first)) {
      path = [second, ...rest];
    } else if (GLOBAL_NAMES.has(first) && first !== "globalThis") {
      path = ["globalThis"];
    } else if (first === "node:process") {
      path = second === undefined
        ? ["process"]
        : second === "default"
        ? ["process", ...rest]
        : ["process", second, ...rest];
    } else if (
      first.startsWith("node:") &&
      (second === "default" || second === "promises" && first !== "node:timers")
    ) {
      path = [first, ...rest];
    } else if (
      first === "module" && second === "require"
    ) {
      path = ["require", ...rest];
    } else if (first === "process" && second === "default") {
      path = ["process", ...rest];
    } else if (first === "process" && second === "mainModule") {
      path = ["module", ...rest];
    } else return path;
  }
}
