import {
  normalizePermissions,
  type PermissionDeclaration,
} from "@semantik/plugins/permissions";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { PluginError } from "@semantik/plugins";

const posix = {
  directory: "/plugins/p",
  dataDirectory: "/var/p",
  windows: false,
};
const windows = {
  directory: "D:\\plugins\\p",
  dataDirectory: "C:\\ProgramData\\p",
  windows: true,
};

Deno.test("normalizePermissions() makes paths absolute and normal", () => {
  const rows: readonly (readonly [string, string])[] = [
    [".", "/plugins/p"],
    ["./", "/plugins/p"],
    ["models", "/plugins/p/models"],
    ["./models/", "/plugins/p/models"],
    ["../shared", "/plugins/shared"],
    ["../../../../x", "/x"],
    ["/data//x/./y/", "/data/x/y"],
    ["/data/../..", "/"],
    ["//data", "/data"],
    ["$DATA", "/var/p"],
    ["$DATA/", "/var/p"],
    ["$DATA/a/../b", "/var/p/b"],
    ["$DATABASE".slice(1), "/plugins/p/DATABASE"],
    ["[id]?.json", "/plugins/p/[id]?.json"],
    ["a b/ü", "/plugins/p/a b/ü"],
    ["...", "/plugins/p/..."],
  ];
  for (const [written, normal] of rows) {
    for (const kind of ["read", "write", "ffi"] as const) {
      assertEquals(normalizePermissions({ [kind]: [written] }, posix), {
        [kind]: [normal],
      });
    }
  }
});

Deno.test("normalizePermissions() resolves $NPM to directories of packages", () => {
  const base = {
    ...posix,
    npmDirectories: {
      "words@^1.0.0": ["/npm/words/1.2.3"],
      "@s/native": ["/npm/@s/native/1.0.0", "/npm/@s/native-linux/1.0.0"],
      "absent": [],
    },
  };
  assertEquals(
    normalizePermissions({
      read: ["$NPM/words@^1.0.0/data/", "$NPM/@s/native/x", "$NPM/absent"],
      ffi: ["$NPM/@s/native"],
    }, base),
    {
      read: ["/npm/@s/native/1.0.0/x", "/npm/words/1.2.3/data"],
      ffi: ["/npm/@s/native-linux/1.0.0", "/npm/@s/native/1.0.0"],
    },
  );
  for (const path of ["$NPM/words@1", "$NPM/toString"]) {
    const error = assertThrows(
      () => normalizePermissions({ read: [path] }, base),
      PluginError,
    );
    assertEquals(error.code, "PLUGIN_MANIFEST_INVALID");
  }
});

Deno.test("normalizePermissions() makes Windows paths absolute and normal", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["models\\small", "D:\\plugins\\p\\models\\small"],
    ["models/small", "D:\\plugins\\p\\models\\small"],
    ["..\\..\\..\\x", "D:\\x"],
    ["/data", "D:\\data"],
    ["c:/Data/../x", "C:\\x"],
    ["\\\\?\\c:\\x", "C:\\x"],
    ["\\\\server\\share\\a\\..\\b", "\\\\server\\share\\b"],
    ["\\\\server\\share\\..", "\\\\server\\share\\"],
    ["$DATA\\x", "C:\\ProgramData\\p\\x"],
  ];
  for (const [written, normal] of rows) {
    assertEquals(normalizePermissions({ read: [written] }, windows), {
      read: [normal],
    });
  }
});

Deno.test("normalizePermissions() keeps the names of programs, and resolves their paths", () => {
  assertEquals(
    normalizePermissions({
      run: ["git", "./bin/tool", "$DATA/x", "/usr/bin/env"],
    }, posix),
    { run: ["/plugins/p/bin/tool", "/usr/bin/env", "/var/p/x", "git"] },
  );
  assertEquals(
    normalizePermissions({ run: ["git.exe", "bin\\tool.exe"] }, windows),
    { run: ["D:\\plugins\\p\\bin\\tool.exe", "git.exe"] },
  );
});

Deno.test("normalizePermissions() writes hosts as Deno compares them", () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["API.Example.com.", ["api.example.com"]],
    ["a.com:0080", ["a.com:80"]],
    ["a.com:+80", ["a.com:80"]],
    ["*.A.com", ["*.a.com"]],
    ["10.9.8.7/8", ["10.0.0.0/8"]],
    ["10.9.8.7/8:80", ["10.0.0.0/8:80"]],
    ["[0:0:0:0:0:0:0:1]:80", ["[::1]:80"]],
    ["[2001:DB8:0:0:1:0:0:1]", ["[2001:db8::1:0:0:1]"]],
    ["[::ffff:127.0.0.1]", ["127.0.0.1"]],
    [":8080", ["0.0.0.0:8080", "127.0.0.1:8080", "localhost:8080"]],
    ["unix:/run/../run/a.sock", ["unix:/run/a.sock"]],
    ["vsock:-1:80", ["vsock:4294967295:80"]],
  ];
  for (const [written, normal] of rows) {
    assertEquals(normalizePermissions({ net: [written] }, posix), {
      net: normal,
    });
  }
});

Deno.test("normalizePermissions() omits entries that another one covers", () => {
  assertEquals(
    normalizePermissions({
      read: ["/data/x", "/data", "/database", "/data/"],
      net: ["a.b.c:80", "*.b.c", "b.c", "10.0.0.1:5", "10.0.0.0/8"],
      env: ["AWS_KEY", "AWS_*", "AW"],
      sys: ["username", "userInfo"],
    }, posix),
    {
      read: ["/data", "/database"],
      net: ["*.b.c", "10.0.0.0/8"],
      env: ["AW", "AWS_*"],
      sys: ["userInfo"],
    },
  );
});

Deno.test("normalizePermissions() converts variables to upper case on Windows", () => {
  const declaration = { env: ["Path", "aws_*"] };
  assertEquals(normalizePermissions(declaration, windows), {
    env: ["AWS_*", "PATH"],
  });
  assertEquals(normalizePermissions(declaration, posix), {
    env: ["Path", "aws_*"],
  });
});

Deno.test("normalizePermissions() neither changes nor shares its argument", () => {
  const declaration = { net: ["b.com", "a.com"], sys: true } as const;
  const copy = structuredClone(declaration);
  const set = normalizePermissions(declaration, Object.freeze({ ...posix }));
  assertEquals(declaration, copy);
  assert(Object.isFrozen(set) && Object.isFrozen(set.net));
});

Deno.test("normalizePermissions() throws when a directory is missing", () => {
  for (
    const [declaration, base, remedy] of [
      [{ read: ["x"] }, {}, "Write the absolute path"],
      [{ run: ["./x"] }, {}, "Write the absolute path"],
      [
        { read: ["$DATA"] },
        { directory: "/p" },
        'Set the option "dataDirectory" of the host',
      ],
    ] as const
  ) {
    const error = assertThrows(
      () => normalizePermissions(declaration, { ...base, windows: false }),
      PluginError,
    );
    assertEquals(error.code, "PLUGIN_MANIFEST_INVALID");
    assertEquals(error.remedy, remedy);
  }
  const error = assertThrows(
    () => normalizePermissions({ read: ["x"] }, { directory: "p" }),
    PluginError,
  );
  assertEquals(error.code, "PLUGIN_OPTION_INVALID");
});

Deno.test("normalizePermissions() throws one error with every problem", () => {
  const written: PermissionDeclaration = { net: ["http://a"], env: ["A=B"] };
  const error = assertThrows(
    () => normalizePermissions(written, posix),
    PluginError,
  );
  assertEquals(error.code, "PLUGIN_MANIFEST_INVALID");
  assertEquals(error.problems.map(({ path }) => path), [
    "permissions.net[0]",
    "permissions.env[0]",
  ]);
});

Deno.test("normalizePermissions() accepts directories with any character", () => {
  const directory = "/srv/a,b/\u202e*~";
  const set = normalizePermissions({ read: ["x"] }, {
    directory,
    windows: false,
  });
  assertEquals(set, { read: [`${directory}/x`] });
});
