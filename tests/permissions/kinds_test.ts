/**
 * Tests each kind in a real process: the computed flags grant what a program
 * declared, each of them is necessary, and anything else still fails.
 */

import {
  entriesOf,
  formatEntry,
  normalizePermissions,
  type PermissionDeclaration,
  permissionFlags,
  type PermissionKind,
} from "@semantik/plugins/permissions";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { act, runFixture } from "./run_fixture.ts";

type Act = Readonly<{ kind: string; value: string }>;

interface Case {
  readonly kind: PermissionKind;
  readonly declaration: PermissionDeclaration;
  readonly declared: readonly Act[];
  readonly undeclared: readonly Act[];
}

async function missingUnder(
  flags: readonly string[],
  set: PermissionDeclaration,
): Promise<readonly string[]> {
  const report = await runFixture("report.ts", { set }, { flags });
  assert(typeof report === "object" && report !== null && "missing" in report);
  assert(Array.isArray(report.missing));
  return report.missing.map(formatEntry);
}

async function check(each: Case, directory: string): Promise<void> {
  const { kind, declaration, declared, undeclared } = each;
  const set = normalizePermissions(declaration, {
    directory,
    dataDirectory: `${directory}/data`,
  });
  const flags = permissionFlags(set);
  assertEquals(flags.length, 2);
  assertEquals(await missingUnder(flags, set), []);
  const results = await act(flags, [...declared, ...undeclared]);
  assertEquals(
    results.slice(0, declared.length),
    declared.map(() => "done"),
  );
  for (const refused of results.slice(declared.length)) {
    assertMatch(refused, new RegExp(`^Requires ${kind} access`));
  }
  const none = flags.filter((flag) => !flag.startsWith(`--allow-${kind}`));
  assertEquals(await missingUnder(none, set), entriesOf(set).map(formatEntry));
  for (const refused of await act(none, declared)) {
    assertMatch(refused, new RegExp(`^Requires ${kind} access`));
  }
}

async function withServer(work: (port: number) => Promise<void>) {
  const abort = new AbortController();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    signal: abort.signal,
    onListen() {},
  }, () =>
    new Response("export default 1;", {
      headers: { "content-type": "text/javascript" },
    }));
  try {
    await work(server.addr.port);
  } finally {
    abort.abort();
    await server.finished;
  }
}

async function withDirectory(work: (directory: string) => Promise<void>) {
  const directory = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(`${directory}/data`);
    await Deno.writeTextFile(`${directory}/data/file`, "");
    await Deno.mkdir(`${directory}/database`);
    await Deno.writeTextFile(`${directory}/database/file`, "");
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

for (const kind of ["read", "write"] as const) {
  Deno.test(`the flags of ${kind} grant what was declared, and no more`, async () => {
    await withDirectory((directory) =>
      check({
        kind,
        declaration: { [kind]: ["./data/"] },
        declared: [{ kind, value: `${directory}/data/file` }],
        undeclared: [{ kind, value: `${directory}/database/file` }],
      }, directory)
    );
  });
}

Deno.test("the flags of $DATA grant the data directory, and no more", async () => {
  await withDirectory((directory) =>
    check({
      kind: "write",
      declaration: { write: ["$DATA/file"] },
      declared: [{ kind: "write", value: `${directory}/data/file` }],
      undeclared: [{ kind: "write", value: `${directory}/data/other` }],
    }, directory)
  );
});

Deno.test("the flags of net grant what was declared, and no more", async () => {
  await withServer((port) =>
    check({
      kind: "net",
      declaration: { net: [`127.0.0.1:${port}`] },
      declared: [{ kind: "net", value: `127.0.0.1:${port}` }],
      undeclared: [
        { kind: "net", value: `localhost:${port}` },
        { kind: "listen", value: "127.0.0.1:0" },
        { kind: "net", value: "127.0.0.1:8421" },
      ],
    }, "/")
  );
});

Deno.test("the flags of a port grant listening on it, and no more", async () => {
  await check({
    kind: "net",
    declaration: { net: [":0"] },
    declared: [
      { kind: "listen", value: "127.0.0.1:0" },
      { kind: "listen", value: "0.0.0.0:0" },
    ],
    undeclared: [{ kind: "listen", value: "127.0.0.1:8421" }],
  }, "/");
});

Deno.test("the flags of env grant what was declared, and no more", async () => {
  await check({
    kind: "env",
    declaration: { env: ["HOME", "AWS_*"] },
    declared: [
      { kind: "env", value: "HOME" },
      { kind: "env", value: "AWS_REGION" },
    ],
    undeclared: [
      { kind: "env", value: "HOME_SWEET_HOME" },
      { kind: "env", value: "AWSX" },
      { kind: "environment", value: "" },
    ],
  }, "/");
});

Deno.test("the flags of the whole environment grant the list of it", async () => {
  await check({
    kind: "env",
    declaration: { env: true },
    declared: [{ kind: "environment", value: "" }],
    undeclared: [],
  }, "/");
});

Deno.test("the flags of sys grant what was declared, and no more", async () => {
  await check({
    kind: "sys",
    declaration: { sys: ["hostname"] },
    declared: [{ kind: "sys", value: "hostname" }],
    undeclared: [
      { kind: "sys", value: "osRelease" },
      { kind: "sys", value: "umask" },
    ],
  }, "/");
});

Deno.test("the flags of run grant what was declared, and no more", async () => {
  await check({
    kind: "run",
    declaration: { run: [Deno.execPath()] },
    declared: [{ kind: "run", value: Deno.execPath() }],
    undeclared: [{ kind: "run", value: "/usr/bin/env" }],
  }, "/");
});

Deno.test("the flags of ffi grant what was declared, and no more", async () => {
  await withDirectory((directory) =>
    check({
      kind: "ffi",
      declaration: { ffi: ["./lib.so"] },
      declared: [{ kind: "ffi", value: `${directory}/lib.so` }],
      undeclared: [{ kind: "ffi", value: `${directory}/lib.so.1` }],
    }, directory)
  );
});

Deno.test("the flags of import grant what was declared, and no more", async () => {
  await withServer((port) =>
    check({
      kind: "import",
      declaration: { import: [`127.0.0.1:${port}`] },
      declared: [{ kind: "import", value: `http://127.0.0.1:${port}/a.js` }],
      undeclared: [
        { kind: "import", value: `http://localhost:${port}/a.js` },
        { kind: "import", value: "https://jsr.io/x.js" },
      ],
    }, "/")
  );
});
