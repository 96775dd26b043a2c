import {
  covers,
  entriesOf,
  formatEntry,
  normalizePermissions,
  permissionFlags,
  type PermissionKind,
  type PermissionSet,
} from "@semantik/plugins/permissions";
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PluginError } from "@semantik/plugins";
import { absolutePath, declaration, netHost } from "./arbitraries.ts";
import { askDeno, runFixture } from "./run_fixture.ts";

function covered(kind: PermissionKind, granted: string[], asked: string) {
  return covers({ [kind]: granted }, { [kind]: [asked] });
}

// Kind, grants, covered values, other values.
const ROWS: readonly (readonly [
  PermissionKind,
  string[],
  string[],
  string[],
])[] = [
  ["read", ["/data"], ["/data", "/data/x", "/data/x/y", "/x/../data/z"], [
    "/",
    "/database",
    "/dat",
    "/data/../etc",
    "/Data",
  ]],
  ["write", ["/"], ["/", "/x"], []],
  ["ffi", ["/lib/a.so"], ["/lib/a.so"], ["/lib", "/lib/a.so.1"]],
  ["net", ["a.com"], ["a.com", "a.com:80", "A.COM:1", "a.com."], [
    "b.a.com",
    "com",
    "xa.com",
  ]],
  ["net", ["a.com:80"], ["a.com:80", "a.com.:080"], ["a.com", "a.com:443"]],
  ["net", ["*.a.com"], ["a.com", "x.a.com", "x.y.a.com:80"], ["com", "xa.com"]],
  ["net", ["*.a.com:80"], ["a.com:80", "x.a.com:80"], ["x.a.com", "a.com:81"]],
  ["net", ["10.0.0.0/8"], ["10.0.0.0", "10.255.255.255:80", "10.1.1.1"], [
    "11.0.0.0",
    "9.255.255.255",
    "localhost",
  ]],
  ["net", ["10.0.0.0/8:80"], ["10.1.1.1:80"], ["10.1.1.1", "10.1.1.1:81"]],
  ["net", ["0.0.0.0/0"], ["1.2.3.4", "255.255.255.255:1"], ["[::1]", "a.com"]],
  ["net", ["[::1]"], ["[::1]:80", "[0:0:0:0:0:0:0:1]"], ["[::2]", "127.0.0.1"]],
  ["net", ["[::ffff:1.2.3.4]"], ["1.2.3.4", "1.2.3.4:5"], ["[::102:304]"]],
  ["net", ["1.2.3.4:80"], ["[::ffff:1.2.3.4]:80"], ["1.2.3.4"]],
  ["net", ["unix:/run/a"], ["unix:/run/a", "unix:/run/../run/a"], [
    "unix:/run/a/b",
    "unix:/run",
  ]],
  ["net", ["vsock:-1:5"], ["vsock:4294967295:5"], ["vsock:-1:6", "vsock:1:5"]],
  ["env", ["AWS_*"], ["AWS_", "AWS_KEY"], ["AWS", "aws_key", "XAWS_KEY"]],
  ["env", ["HOME"], ["HOME"], ["HOME_X", "home", "HOM"]],
  ["env", ["*"], ["HOME", "A"], []],
  ["sys", ["username"], ["userInfo", "username"], ["uid", "hostname"]],
  ["run", ["/usr/bin/env"], ["/usr/bin/env", "/usr/./bin/env"], [
    "/usr/bin/env2",
    "/usr/bin",
    "/bin/sh",
  ]],
  ["import", ["a.com:443"], ["a.com:443"], ["a.com", "a.com:80", "jsr.io:443"]],
];

Deno.test("covers() agrees with Deno", async (t) => {
  for (const [kind, granted, inside, outside] of ROWS) {
    await t.step(`${kind} ${granted}`, async () => {
      const answers = await askDeno(
        [`--allow-${kind}=${granted.join(",")}`],
        [...inside, ...outside].map((value) => ({ kind, value })),
      );
      assertEquals(answers, [
        ...inside.map(() => "granted"),
        ...outside.map(() => "prompt"),
      ]);
      for (const value of inside) assert(covered(kind, granted, value), value);
      for (const value of outside) {
        assert(!covered(kind, granted, value), value);
      }
    });
  }
});

Deno.test("covers() compares wildcards and subnets", () => {
  assert(covered("net", ["*.com"], "*.a.com:80"));
  assert(covered("net", ["*.a.com"], "*.a.com"));
  assert(!covered("net", ["*.a.com"], "*.com"));
  assert(!covered("net", ["a.com"], "*.a.com"));
  assert(covered("net", ["10.0.0.0/8"], "10.1.0.0/16:80"));
  assert(covered("net", ["10.1.2.3/8"], "10.0.0.0/8"));
  assert(!covered("net", ["10.0.0.0/16"], "10.0.0.0/8"));
  assert(covered("env", ["A*"], "AB*"));
  assert(!covered("env", ["AB*"], "A*"));
  assert(covers({ env: true }, { env: ["*"] }));
  // The whole environment can be listed; under a wildcard it cannot.
  assert(!covers({ env: ["*"] }, { env: true }));
});

Deno.test("covers() ignores case on Windows", () => {
  assert(covered("read", ["C:\\Data"], "c:/data/X"));
  assert(!covered("read", ["C:\\Data"], "C:\\Database"));
  assert(!covered("read", ["C:\\Data"], "D:\\Data"));
  assert(covered("read", ["C:\\"], "C:\\x"));
  assert(covered("read", ["\\\\server\\share"], "\\\\SERVER\\share\\x"));
  assert(covered("run", ["C:\\Tools\\x.exe"], "c:\\tools\\X.exe"));
});

Deno.test("covers() agrees with Deno about random sets", async () => {
  const hosts = fc.sample(netHost, { numRuns: 60, seed: 4 })
    .filter((host) => !/^(?:\*|:)|\//.test(host));
  const paths = fc.sample(absolutePath, { numRuns: 40, seed: 4 });
  const asked = [
    ...hosts.map((value) => ({ kind: "net" as const, value })),
    ...paths.map((value) => ({ kind: "read" as const, value })),
  ];
  const samples = fc.sample(declaration, { numRuns: 40, seed: 4 })
    .filter(({ net, read }) => net !== undefined && read !== undefined)
    .slice(0, 6);
  assert(samples.length >= 4);
  for (const sample of samples) {
    const set = normalizePermissions(
      { net: sample.net ?? true, read: sample.read ?? true },
      { directory: "/p", dataDirectory: "/d", windows: false },
    );
    const answers = await askDeno(permissionFlags(set), asked);
    assertEquals(
      answers,
      asked.map(({ kind, value }) =>
        covers(set, { [kind]: [value] }) ? "granted" : "prompt"
      ),
    );
  }
});

Deno.test("queryPermissions() agrees with covers() under random flags", async () => {
  const base = { directory: "/p", dataDirectory: "/d", windows: false };
  const sets = fc.sample(declaration, { numRuns: 12, seed: 5 })
    .map((written) => normalizePermissions(written, base))
    // Deno does not grant a program that it cannot find.
    .map(({ run: _run, ...rest }): PermissionSet => rest);
  for (let index = 0; index + 1 < sets.length; index += 2) {
    const [granted = {}, asked = {}] = sets.slice(index, index + 2);
    const report = await runFixture("report.ts", { set: asked }, {
      flags: permissionFlags(granted),
    });
    assert(
      typeof report === "object" && report !== null && "missing" in report,
    );
    const given = entriesOf(asked).filter((entry) => {
      const one = { [entry.kind]: entry.value ? [entry.value] : true };
      return !covers(granted, one);
    });
    assertEquals(report.missing, given, formatEntries(granted));
  }
});

function formatEntries(set: PermissionSet): string {
  return entriesOf(set).map(formatEntry).join(", ");
}

Deno.test("covers() throws when a set is invalid", () => {
  for (
    const set of [
      { read: ["relative"] },
      { run: ["./tool"] },
      { net: ["https://a.com"] },
      { env: ["A=B"] },
      { sys: ["bogus"] },
    ]
  ) {
    const error = assertThrows(() => covers(set, set), PluginError);
    assertEquals(error.code, "PLUGIN_OPTION_INVALID");
    assert(error.remedy.length > 0);
  }
});
