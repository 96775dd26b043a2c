import {
  covers,
  flagProblems,
  normalizePermissions,
  PERMISSION_KINDS,
  permissionFlags,
  type PermissionSet,
  union,
} from "@semantik/plugins/permissions";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PluginError } from "@semantik/plugins";
import { parseDenoCommand } from "../../src/cli/deno_command/parse_deno_command.ts";
import { DEFAULT_IMPORT_HOSTS } from "../../src/permissions/permission_set.ts";
import { declaration } from "./arbitraries.ts";
import { askDeno, runFixture } from "./run_fixture.ts";

const base = { directory: "/p", dataDirectory: "/d", windows: false };
const set = declaration.map((written) => normalizePermissions(written, base));

function grantedBy(flags: readonly string[]): PermissionSet {
  return parseDenoCommand(["deno", "run", ...flags, "main.ts"], "/").granted;
}

function without(values: readonly string[], index: number): readonly string[] {
  return values.filter((_, other) => other !== index);
}

Deno.test("permissionFlags() returns sorted flags, one per kind", () => {
  assertEquals(
    permissionFlags({
      write: ["/out"],
      read: ["/b", "/a", "/a/c"],
      net: true,
      env: ["B", "A_*"],
    }),
    [
      "--allow-env=A_*,B",
      "--allow-net",
      "--allow-read=/a,/b",
      "--allow-write=/out",
      "--no-prompt",
    ],
  );
  assertEquals(permissionFlags({}), ["--no-prompt"]);
  assertEquals(permissionFlags({ net: [] }), ["--no-prompt"]);
  assertEquals(permissionFlags({}, { noPrompt: false }), []);
  assertEquals(permissionFlags({}, { denyEnv: ["A"], ignoreEnv: ["B"] }), [
    "--no-prompt",
  ]);
  assertEquals(permissionFlags({ sys: ["uid"] }, { noPrompt: false }), [
    "--allow-sys=uid",
  ]);
});

Deno.test("permissionFlags() covers each declaration, and no other kind", () => {
  fc.assert(fc.property(set, set, (a, b) => {
    const both = union(a, b);
    const flags = permissionFlags(both);
    assert(covers(grantedBy(flags), both));
    const kinds = flags.flatMap((flag) =>
      /^--allow-(\w+)/.exec(flag)?.slice(1) ?? []
    );
    assertEquals(kinds, [...new Set(kinds)].sort());
    for (const kind of PERMISSION_KINDS) {
      if (both[kind] === undefined) assert(!kinds.includes(kind), kind);
    }
    for (const flag of flags) assert(!/=$|=,|,,|,$/.test(flag), flag);
  }));
});

Deno.test("permissionFlags() returns no flag too many", () => {
  fc.assert(fc.property(set, (declared) => {
    const flags = permissionFlags(declared, { noPrompt: false });
    flags.forEach((flag, index) => {
      const rest = grantedBy(without(flags, index));
      assert(!covers(rest, declared), `${flag} is not needed`);
      const [name = "", list] = flag.split("=");
      const values = list?.split(",") ?? [];
      if (values.length < 2) return;
      values.forEach((value, position) => {
        const narrower = `${name}=${without(values, position)}`;
        const others = grantedBy(flags.with(index, narrower));
        assert(!covers(others, declared), `${value} of ${name} is not needed`);
      });
    });
  }));
});

Deno.test("permissionFlags() returns sufficient and necessary flags in a real process", async () => {
  const samples = fc.sample(declaration, { numRuns: 30, seed: 11 })
    // Deno grants only programs that exist.
    .map(({ run: _run, ...rest }) => normalizePermissions(rest, base))
    .filter((each) => Object.keys(each).length >= 2)
    .slice(0, 6);
  assertEquals(samples.length, 6);
  const missing = async (flags: readonly string[], declared: PermissionSet) => {
    const report = await runFixture("report.ts", { set: declared }, { flags });
    assert(
      typeof report === "object" && report !== null && "missing" in report,
    );
    return report.missing;
  };
  for (const sample of samples) {
    const flags = permissionFlags(sample);
    assertEquals(await missing(flags, sample), [], flags.join(" "));
    for (const flag of flags) {
      if (flag === "--no-prompt") continue;
      const rest = flags.filter((other) => other !== flag);
      const found = await missing(rest, sample);
      assert(Array.isArray(found) && found.length > 0, flag);
      for (const { kind } of found) {
        assert(flag.startsWith(`--allow-${kind}`), flag);
      }
    }
  }
});

Deno.test("DEFAULT_IMPORT_HOSTS are those of Deno", async () => {
  const entries = DEFAULT_IMPORT_HOSTS.map((value) => ({
    kind: "import" as const,
    value,
  }));
  const others = ["unpkg.com:443", "esm.sh:80", "esm.sh", "x.jsr.io:443"].map(
    (value) => ({ kind: "import" as const, value }),
  );
  const granted = DEFAULT_IMPORT_HOSTS.map(() => "granted");
  assertEquals(await askDeno([], [...entries, ...others]), [
    ...granted,
    ...others.map(() => "prompt"),
  ]);
  // A flag replaces them.
  assertEquals(
    await askDeno(["--allow-import=unpkg.com:443"], entries),
    DEFAULT_IMPORT_HOSTS.map(() => "prompt"),
  );
});

Deno.test("permissionFlags() repeats default import hosts only beside others", () => {
  assertEquals(permissionFlags({ import: ["jsr.io:443", "esm.sh:443"] }), [
    "--no-prompt",
  ]);
  assertEquals(permissionFlags({ import: ["jsr.io:443", "unpkg.com:443"] }), [
    "--allow-import=jsr.io:443,unpkg.com:443",
    "--no-prompt",
  ]);
  assertEquals(permissionFlags({ import: ["jsr.io"] }, { noPrompt: false }), [
    "--allow-import=jsr.io",
  ]);
});

Deno.test("permissionFlags() denies and ignores variables that nobody declares", async () => {
  const secrets = { ignoreEnv: ["TOKEN", "AWS_KEY"], denyEnv: ["PASSWORD"] };
  assertEquals(permissionFlags({ env: true }, secrets), [
    "--allow-env",
    "--deny-env=PASSWORD",
    "--ignore-env=AWS_KEY,TOKEN",
    "--no-prompt",
  ]);
  assertEquals(permissionFlags({ env: ["AWS_*", "PASSWORD"] }, secrets), [
    "--allow-env=AWS_*,PASSWORD",
    "--ignore-env=TOKEN",
    "--no-prompt",
  ]);
  assertEquals(permissionFlags({ env: ["*"] }, secrets).length, 4);
  assertEquals(
    permissionFlags({ env: ["A"] }, { ignoreEnv: true, denyEnv: ["B"] }),
    ["--allow-env=A", "--deny-env=B", "--ignore-env", "--no-prompt"],
  );
  assertEquals(permissionFlags({}, { ignoreEnv: true }), [
    "--ignore-env",
    "--no-prompt",
  ]);
  // Deno would ignore the whole environment.
  assertEquals(permissionFlags({ env: true }, { ignoreEnv: true }), [
    "--allow-env",
    "--no-prompt",
  ]);
  assertEquals(permissionFlags({ net: ["a"] }, secrets), [
    "--allow-net=a",
    "--no-prompt",
  ]);
  assertThrows(
    () => permissionFlags({ env: true }, { denyEnv: ["A=B"] }),
    PluginError,
    'the variable "A=B"',
  );
  const names = ["HOME", "TOKEN", "AWS_KEY", "PASSWORD"] as const;
  assertEquals(
    await askDeno(
      permissionFlags({ env: true }, secrets),
      names.map((value) => ({ kind: "env", value })),
    ),
    ["granted", "denied", "denied", "denied"],
  );
});

Deno.test("permissionFlags() throws when no flag can express an entry", () => {
  const unsayable: readonly PermissionSet[] = [
    { read: ["/srv/a,b"] },
    { write: ["/srv/a,b", "/x"] },
    { run: ["/srv/a,b/tool"] },
    { ffi: ["/srv/a,b"] },
    { read: ["/srv/a\r"] },
    { read: ["/srv/a\n"] },
    { sys: ["umask"] },
    { net: ["unix:/run/a"], sys: ["setuid", "uid"] },
  ];
  for (const each of unsayable) {
    assertEquals(flagProblems(each).length, 1);
    const error = assertThrows(() => permissionFlags(each), PluginError);
    assertEquals(error.code, "PLUGIN_OPTION_INVALID");
    assertMatch(error.remedy, /denoPermissionSet.*-P=NAME/);
  }
  assertEquals(flagProblems({ read: ["/srv/a b'$*"], sys: true }), []);
});
