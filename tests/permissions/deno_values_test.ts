/** Compares checkDeclaration() with what Deno accepts, rejects and misreads. */

import {
  checkDeclaration,
  type PermissionKind,
} from "@semantik/plugins/permissions";
import { assert, assertEquals } from "@std/assert";
import {
  FLAG_SYS_KINDS,
  SYS_KINDS,
} from "../../src/permissions/permission_set.ts";
import { askDeno, fixture, runDeno } from "./run_fixture.ts";

function faultIn(kind: PermissionKind, value: string): boolean {
  return checkDeclaration({ [kind]: [value] }, "permissions", {
    windows: false,
  }).length > 0;
}

async function takes(flag: string): Promise<boolean> {
  const { code } = await runDeno([
    "run",
    "--no-prompt",
    "--no-check",
    flag,
    fixture("ask.ts"),
  ]);
  return code === 0;
}

// Valid for `net` and `import`.
const HOSTS = [
  "a.com",
  "a.com:443",
  "a.com.",
  "A.com",
  "a.com:0",
  "a.com:080",
  "a.com:65535",
  "a_b.com",
  "-a.com",
  "xn--4ca.com",
  "localhost",
  "a",
  "*.com",
  "*.a.com",
  "*.a.com:443",
  "1.2.3.4",
  "1.2.3.4:80",
  "10.0.0.0/8",
  "10.1.2.3/8",
  "10.0.0.0/8:80",
  "[::1]",
  "[::1]:80",
  "[2001:DB8::1]",
  "[::ffff:1.2.3.4]:80",
];

// Deno rejects these in a flag and in a query.
const REJECTED_HOSTS = [
  "",
  ".",
  ".a.com",
  "a..com",
  "*",
  "*a.com",
  "a.*.com",
  "**.a.com",
  "a.com:",
  "a.com:65536",
  "a.com: 80",
  "a.com:http",
  "a.com:80:90",
  " a.com",
  "a.com ",
  "a b.com",
  "ä.com",
  "a/b",
  "a.com/path",
  "http://a.com",
  "ws://a.com",
  "user:password@a.com",
  "a@b",
  "1.2.3.4.",
  "10.0.0.0/33",
  "::1",
  "[::1",
  "[::1]x",
  "2001:db8::/32",
  "[2001:db8::/32]",
  "[2001:db8::]/32",
  "vsock:1",
  "vsock:a:2",
  "unix:",
  "unix:x",
  "a\nb",
  "a\0b",
];

Deno.test("checkDeclaration() accepts the hosts that Deno accepts", async () => {
  const more = [":8080", "unix:/run/a.sock", "vsock:2:80", "vsock:-1:80"];
  for (const host of [...HOSTS, ...more]) assert(!faultIn("net", host), host);
  for (const host of HOSTS) assert(!faultIn("import", host), host);
  assert(await takes(`--allow-net=${[...HOSTS, ...more].join(",")}`));
  assert(await takes(`--allow-import=${HOSTS.join(",")}`));
});

Deno.test("checkDeclaration() rejects the hosts that Deno rejects", async () => {
  for (const kind of ["net", "import"] as const) {
    for (const host of REJECTED_HOSTS) assert(faultIn(kind, host), host);
    const answers = await askDeno(
      [],
      REJECTED_HOSTS.map((value) => ({ kind, value })),
    );
    assertEquals(answers, REJECTED_HOSTS.map(() => "URIError"));
  }
  // A query rejects every wildcard, so the flag is tried.
  for (const host of ["*", "*.", "a.*.com", "*.*.com", "*a.com", ":65536"]) {
    assert(faultIn("net", host), host);
    assertEquals(await takes(`--allow-net=${host}`), false, host);
  }
  assert(faultIn("import", ":80"));
  assertEquals(await takes("--allow-import=:80"), false);
});

Deno.test("checkDeclaration() rejects values that Deno misreads", async () => {
  // Each value, and the grant that its author expects.
  const misread: readonly (readonly [PermissionKind, string, string])[] = [
    ["net", "127.1", "127.0.0.1"],
    ["net", "0x7f000001", "127.0.0.1"],
    ["net", "010.0.0.1", "8.0.0.1"],
    ["net", "*.10.0.0.1", "10.0.0.1:80"],
    ["net", "vsock:2:80:90", "vsock:2:90"],
    ["read", "~/notes", `${Deno.env.get("HOME") ?? "/root"}/notes`],
    ["read", "$HOME/notes", `${Deno.env.get("HOME") ?? "/root"}/notes`],
    ["read", "%APPDATA%/notes", "/notes"],
    ["read", "/data/*", "/data/file"],
    ["read", "/data/**", "/data/file"],
    ["read", "file:///data", "/data"],
    ["read", " /data", "/data"],
    ["read", "C:\\data", "/data"],
    ["write", "C:/data", "/data"],
    ["env", "A*B", "AXB"],
    ["env", "*A", "XA"],
    ["env", "$HOME", "HOME"],
    ["env", "ONE TWO", "ONE"],
    ["run", "*", "/usr/bin/env"],
    ["run", "git status", "git"],
  ];
  for (const [kind, value] of misread) assert(faultIn(kind, value), value);
  const kinds = ["net", "read", "write", "env", "run"] as const;
  const flags = kinds.map((kind) => {
    const values = misread.filter((row) => row[0] === kind).map((row) =>
      row[1]
    );
    return `--allow-${kind}=${values.join(",")}`;
  });
  const answers = await askDeno(
    flags,
    misread.map(([kind, , value]) => ({ kind, value })),
  );
  assertEquals(answers, misread.map(() => "prompt"));
});

Deno.test("checkDeclaration() rejects a zone, which Deno ignores", async () => {
  assert(faultIn("net", "[fe80::1%eth0]"));
  assertEquals(
    await askDeno(["--allow-net=[fe80::1%eth0]"], [
      { kind: "net", value: "[fe80::1%eth1]" },
    ]),
    ["granted"],
  );
});

Deno.test("checkDeclaration() rejects a comma, which separates two values", async () => {
  for (const kind of ["read", "write", "ffi", "run", "net", "env"] as const) {
    assert(faultIn(kind, "/data,/etc"), kind);
  }
  assertEquals(
    await askDeno(["--allow-read=/data,/etc"], [
      { kind: "read", value: "/etc/passwd" },
    ]),
    ["granted"],
  );
  assertEquals(await takes("--allow-read=/data,,/etc"), false);
});

Deno.test("checkDeclaration() rejects names and lists that Deno rejects", async (t) => {
  for (
    const [flag, declaration] of [
      ["--allow-read=", { read: [""] }],
      ["--allow-net=", { net: [""] }],
      ["--allow-env=A=B", { env: ["A=B"] }],
      ["--allow-env=", { env: [""] }],
      ["--allow-sys=hostName", { sys: ["hostName"] }],
      ["--allow-sys=", { sys: [""] }],
      ["--allow-run=", { run: [""] }],
      ["--allow-everything", { everything: true }],
    ] as const
  ) {
    await t.step(flag, async () => {
      assertEquals(checkDeclaration(declaration).length, 1);
      assertEquals(await takes(flag), false);
    });
  }
});

Deno.test("SYS_KINDS and FLAG_SYS_KINDS are those of Deno", async () => {
  const checked = await askDeno(
    [],
    [...SYS_KINDS, "username", "bogus"].map((value) => ({
      kind: "sys",
      value,
    })),
  );
  assertEquals(checked, [
    ...SYS_KINDS.map(() => "prompt"),
    "prompt",
    "TypeError",
  ]);
  assert(await takes(`--allow-sys=${FLAG_SYS_KINDS.join(",")}`));
  for (
    const kind of SYS_KINDS.filter((kind) => !FLAG_SYS_KINDS.includes(kind))
  ) {
    assertEquals(await takes(`--allow-sys=${kind}`), false, kind);
  }
  assertEquals(
    await askDeno(["--allow-sys=username"], [{
      kind: "sys",
      value: "userInfo",
    }]),
    ["granted"],
  );
});
