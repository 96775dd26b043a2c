import { explainNotCapable } from "@semantik/plugins/permissions";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { DEFAULT_IMPORT_HOSTS } from "../../src/permissions/permission_set.ts";
import { escapeControls } from "../../src/base/text.ts";
import { runFixture } from "./run_fixture.ts";

const NEEDED = [
  ['read to "/data/a,b "c""', "permissions.read"],
  ['read to "/srv/app/models/a"', "permissions.read[0]"],
  ['write to "/out/x"', "optionalPermissions.write[1]"],
  ['net to "b.example:443"', "permissions.net"],
  ['net to "[::1]:8000"', "permissions.net[0]"],
  ['net to "0.0.0.0:0"', "permissions.net"],
  ['env to "TOKEN"', "permissions.env"],
  ["env as a whole", "permissions.env"],
  ['sys to "hostname"', "permissions.sys"],
  ['sys to "umask"', "permissions.sys"],
  ['run to "/bin/nothing"', "permissions.run"],
  ['ffi to "/lib/x.so"', "permissions.ffi"],
  ['import to "unpkg.example:443"', "permissions.import"],
  ['read to "/elsewhere/x.js"', "permissions.read"],
  ["write to a path that Deno does not show", "permissions.write"],
  ["read as a whole and write as a whole", "permissions.read"],
] as const;

Deno.test("explainNotCapable() explains errors of Deno", async () => {
  const explanations = await runFixture("explain.ts", [
    {
      permissions: { read: ["./models"], net: ["[0:0:0:0:0:0:0:1]"] },
      optionalPermissions: { write: ["$DATA", "/out"] },
    },
    {
      directory: "/srv/app",
      workingDirectory: "/srv/app",
      dataDirectory: "/d",
    },
  ]);
  assert(Array.isArray(explanations));
  assertEquals(explanations.length, NEEDED.length);
  NEEDED.forEach(([what, path], index) => {
    const { message, remedy, declared, flags, ...rest } = explanations[index];
    assert(message.startsWith(`needs ${what}`), message);
    assertEquals(rest.path, path);
    assertEquals(declared, /\[\d\]$/.test(path));
    assertEquals(declared, /manifest declares at/.test(message));
    assert(!/secret|[\n.]$/.test(message + remedy), remedy);
    for (const flag of flags) assertMatch(flag, /^--allow-/);
  });
});

function explain(text: string, declared = {}, options = {}) {
  return explainNotCapable(new Error(text), declared, {
    directory: "/p",
    workingDirectory: "/w",
    windows: false,
    ...options,
  });
}

const requires = (what: string, kind: string) =>
  `Requires ${what}, run again with the --allow-${kind} flag`;

Deno.test("explainNotCapable() returns the flag", () => {
  const net = explain(requires('net access to "a.b:443"', "net"));
  assertEquals(net?.flags, ["--allow-net=a.b:443"]);
  assertEquals(
    net?.remedy,
    "Declare it at permissions.net in the manifest, and run with --allow-net=a.b:443",
  );
  const declared = explain(requires('net access to "a.b:443"', "net"), {
    permissions: { env: ["A"], net: ["c.d", "*.b"] },
  });
  assertEquals(declared?.path, "permissions.net[1]");
  assertMatch(
    declared?.message ?? "",
    /^needs net to "a\.b:443", which .* declares at permissions\.net\[1\]/,
  );
  assertEquals(declared?.remedy, "Run with --allow-net=a.b:443");
});

Deno.test("explainNotCapable() keeps Deno's default hosts in a flag for imports", () => {
  const found = explain(requires('import access to "unpkg.com:443"', "import"));
  assertEquals(found?.flags, [
    `--allow-import=${[...DEFAULT_IMPORT_HOSTS, "unpkg.com:443"].sort()}`,
  ]);
});

Deno.test("explainNotCapable() names deno.json when no flag helps", () => {
  for (
    const text of [
      requires('read access to "/a,b"', "read"),
      requires('sys access to "umask"', "sys"),
    ]
  ) {
    const found = explain(text);
    assertEquals(found?.flags, []);
    assertMatch(found?.remedy ?? "", /permission set of deno\.json/);
  }
});

Deno.test("explainNotCapable() does not guess a hidden path", () => {
  const found = explain(
    "Requires write access to <TMP>, run again with the --allow-write flag",
  );
  assertEquals(found?.entries, []);
  assertEquals(found?.path, "permissions.write");
  assertMatch(found?.remedy ?? "", /directory for temporary files/);
});

Deno.test("explainNotCapable() names both whole kinds for a symbolic link", () => {
  const found = explain(
    "Deno.symlinkSync() requires unscoped --allow-read and --allow-write permissions; path-scoped grants are not supported",
    { permissions: { read: true } },
  );
  assertEquals(found?.entries, [{ kind: "read" }, { kind: "write" }]);
  assertEquals([found?.declared, found?.path], [false, "permissions.write"]);
  assertEquals(found?.flags, ["--allow-read", "--allow-write"]);
});

Deno.test("explainNotCapable() names --allow-all for a file of the system", () => {
  const found = explain(requires('all access to "/proc/meminfo"', "all"));
  assertEquals(found?.entries, []);
  assertEquals(found?.flags, []);
  assertMatch(found?.message ?? "", /"\/proc\/meminfo".*--allow-all/);
});

Deno.test("explainNotCapable() reads whole kinds, compiled programs and wrapped errors", () => {
  const whole = explain(requires("env access", "env"), {
    permissions: { env: ["A", "B"] },
  });
  assertEquals([whole?.declared, whole?.flags], [false, ["--allow-env"]]);
  const all = explain(requires("env access", "env"), {
    optionalPermissions: { env: true },
  });
  assertEquals([all?.declared, all?.path], [true, "optionalPermissions.env"]);
  const compiled = explain(
    'Requires read access to "x", specify the required permissions during compilation using `deno compile --allow-read`',
  );
  assertEquals(compiled?.entries, [{ kind: "read", value: "/w/x" }]);
  const wrapped = explainNotCapable(
    new Error("Cannot embed", {
      cause: new TypeError(requires('net access to "a.b:1"', "net")),
    }),
    {},
  );
  assertEquals(wrapped?.entries, [{ kind: "net", value: "a.b:1" }]);
});

Deno.test("explainNotCapable() returns undefined for other errors, and never throws", () => {
  const hostile = new Proxy({}, {
    get() {
      throw new Error("trap");
    },
  });
  const circular: { cause?: unknown } = {};
  circular.cause = circular;
  for (
    const thrown of [
      undefined,
      null,
      1,
      "text",
      Symbol("x"),
      {},
      { message: 1 },
      new Error("Requires bogus access, run again with the --allow-bogus flag"),
      new Deno.errors.NotCapable("the broker says no"),
      hostile,
      circular,
    ]
  ) {
    assertEquals(explainNotCapable(thrown, {}), undefined);
  }
});

// Values that a plugin can ask for, and the flag that expresses them.
const ODD:
  readonly (readonly [kind: string, value: string, flag: RegExp | null])[] = [
    ["read", "~/x", /^--allow-read=\/w\/~\/x$/],
    ["read", "$HOME/x", /^--allow-read=\/w\/\$HOME\/x$/],
    ["write", "%TEMP%/x", /^--allow-write=\/w\/%TEMP%\/x$/],
    ["read", "logs/*.txt", /^--allow-read=\/w\/logs\/\*\.txt$/],
    [
      "read",
      "https://a.example/b",
      /^--allow-read=\/w\/https:\/a\.example\/b$/,
    ],
    ["read", "C:\\data", /^--allow-read=/],
    ["read", "y".repeat(1_500), /^--allow-read=\/w\/y{1500}$/],
    ["read", " x ", /^--allow-read=\/w\/ x $/],
    ["read", "a\u202eb", /^--allow-read=/],
    ["read", 'a" , "b', null],
    ["read", "a,b", null],
    ["read", "a\0b", null],
    ["read", "a\nb\n", null],
    ["ffi", "~/x.so", /^--allow-ffi=\/w\/~\/x\.so$/],
    ["run", "./a*", /^--allow-run=\/w\/a\*$/],
    ["run", "git status", null],
    ["run", ".", null],
    ["env", "MY VAR", null],
    ["env", "A=B", null],
    ["env", "A,B", null],
    ["env", "A\0", null],
    ["env", "", null],
    ["env", "$A", null],
    ["env", "A*B", null],
    ["env", "A".repeat(5_000), null],
    ["net", "a b:80", null],
    ["net", "https://a.example/", null],
    ["net", "a.example:99999", null],
    ["net", "", null],
    ["sys", "nothing known", null],
    ["import", "https://a.example", null],
    ["import", ":80", null],
  ];

Deno.test("explainNotCapable() explains values that no flag can express", () => {
  for (const [kind, value, flag] of ODD) {
    const found = explain(requires(`${kind} access to "${value}"`, kind));
    assertEquals([found?.declared, found?.path], [
      false,
      `permissions.${kind}`,
    ]);
    assertEquals(found?.flags.length, flag === null ? 0 : 1, value);
    if (flag !== null) assertMatch(found?.flags[0] ?? "", flag);
    assertMatch(
      found?.message ?? "",
      new RegExp(`^needs ${kind} to ".*, which `),
    );
    assertMatch(
      found?.remedy ?? "",
      /^Correct (?:the path in the plugin|what)/,
    );
    for (const text of [found?.message ?? "\n", found?.remedy ?? "\n"]) {
      assertEquals(escapeControls(text), text);
    }
  }
});

Deno.test("explainNotCapable() finds odd values in a declaration", () => {
  const env = explain(requires('env access to "MY VAR"', "env"), {
    optionalPermissions: { env: true },
  });
  assertEquals([env?.declared, env?.path, env?.flags], [
    true,
    "optionalPermissions.env",
    ["--allow-env"],
  ]);
  const read = explain(requires('read access to "~/x"', "read"), {
    permissions: { read: ["/w"] },
  });
  assertEquals([read?.declared, read?.path], [true, "permissions.read[0]"]);
  assertEquals(read?.flags, ["--allow-read=/w/~/x"]);
});

Deno.test("explainNotCapable() never throws, whatever the declaration and the options", () => {
  const hostile = {
    get permissions(): never {
      throw new Error("on purpose");
    },
  };
  for (
    const [declared, options] of [
      [hostile, {}],
      [{ permissions: { read: 1 } }, {}],
      [{ permissions: { read: [null] } }, {}],
      [{}, { workingDirectory: "not absolute" }],
      [{}, { workingDirectory: "", directory: "x" }],
    ] as const
  ) {
    for (const value of ["x", "~/x", "/x", "a,b"]) {
      const found = explain(
        requires(`read access to "${value}"`, "read"),
        declared,
        options,
      );
      assertMatch(found?.message ?? "", /^needs read to /);
      assert((found?.remedy ?? "").length > 0);
    }
  }
});

Deno.test("explainNotCapable() shows hostile values on one line", () => {
  const found = explain(
    requires(
      `read access to "/x\n\u001b[2J", run again ${"y".repeat(20_000)}"`,
      "read",
    ),
  );
  assertEquals(found, undefined);
  const long = explain(requires('read access to "/x\n\u001b[2J"', "read"));
  for (const text of [long?.message ?? "\n", long?.remedy ?? "\n"]) {
    assertEquals(escapeControls(text), text);
  }
});

Deno.test("explainNotCapable() names the package from npm that a file is in", () => {
  const rows = [
    ["/c/npm/registry.example/tiktoken/1.0.22/x.wasm", "tiktoken"],
    ["/c/npm/localhost/npm/@s/words/1.0.0-rc.1/data", "@s/words"],
    ["/p/node_modules/.deno/@s+a@1.0.0/node_modules/@s/a/x", "@s/a"],
    ["/p/node_modules/words", "words"],
  ] as const;
  for (const [path, name] of rows) {
    const { remedy = "" } =
      explain(requires(`read access to "${path}"`, "read")) ?? {};
    assertStringIncludes(remedy, `Declare "$NPM/${name}", with the range of`);
  }
  const own = explain(requires('read access to "/srv/npm/1.0.0"', "read"));
  assertStringIncludes(own?.remedy ?? "", "Declare it at permissions.read");
});
