import { assertEquals } from "@std/assert";
import type { PermissionSet } from "@semantik/plugins/permissions";
import { undeclaredProblems } from "../../src/cli/validate/check_run.ts";
import { readAccessLog } from "../../src/cli/validate/access_log.ts";

const PLACES = { plugin: "file:///p/", library: "file:///lib/src/" };
const OWN = "setup (file:///p/deep/mod.ts:3:7)";
const LIBRARY = "read (file:///lib/src/host/x.ts:9:1)";

function line(
  permission: string,
  value: string | null,
  stack?: readonly string[],
): string {
  return `${JSON.stringify({ v: 1, permission, value, stack })}\n`;
}

Deno.test("readAccessLog() returns each access of the plugin once", () => {
  const text = [
    line("read", "/a", [LIBRARY]),
    line("read", "/b", ["ext:deno_fs/30_fs.js:1:1", OWN, LIBRARY]),
    line("read", "/b", [OWN]),
    line("env", "X"),
    line("env", "X", [OWN]),
    line("env", null, ["at file:///cache/npm/dep.js:1:1"]),
    line("net", "https://a.example/x?key=1", [OWN]),
    line("net", "a.example:443", [OWN]),
    line("unheard_of", "x", [OWN]),
    "not JSON\n",
    '{"permission":1}\n',
    '{"permission":"rea',
  ].join("");
  assertEquals(readAccessLog(text, PLACES), [
    { entry: { kind: "read", value: "/b" }, place: "deep/mod.ts:3" },
    { entry: { kind: "env", value: "X" }, place: "deep/mod.ts:3" },
    { entry: { kind: "env" }, place: undefined },
    { entry: { kind: "net", value: "a.example:443" }, place: "deep/mod.ts:3" },
  ]);
});

Deno.test("readAccessLog() ignores the extra lines that Deno writes", () => {
  const lines = (...entries: readonly (readonly [string, string])[]) =>
    entries.map(([kind, value]) => line(kind, value, [OWN])).join("");
  const text = lines(
    ["read", "/a"],
    ["write", "/a"],
    ["read", "/b"],
    ["write", "/b"],
    ["write", "/b"],
    ["write", "/c"],
    ["read", "/a"],
    ["write", "/a"],
  );
  const found = (granted: PermissionSet) =>
    readAccessLog(text, PLACES, granted)
      .map(({ entry: { kind, value } }) => `${kind} ${value}`);
  assertEquals(found({ read: true }), [
    "read /a",
    "read /b",
    "write /b",
    "write /c",
  ]);
  assertEquals(found({ read: ["/"] }).filter((one) => one === "write /a"), [
    "write /a",
  ]);
});

Deno.test("undeclaredProblems() ignores allowed accesses", () => {
  const access = (kind: "read" | "write" | "env" | "net", value?: string) => ({
    entry: value === undefined ? { kind } : { kind, value },
    place: undefined,
  });
  const allowed = {
    read: ["/srv"],
    write: true,
    env: ["AWS_*"],
    net: ["*.example.com"],
  } as const;
  const problems = undeclaredProblems([
    access("read", "/srv/x"),
    access("read", "/srv2"),
    access("write", "/anywhere"),
    access("write", "<TMP>"),
    access("env", "AWS_KEY"),
    access("env"),
    access("net", "api.example.com:443"),
    access("net", "example.org:443"),
    access("read", "<EXEC_PATH>"),
  ], allowed);
  assertEquals(problems.map(({ message }) => message.split(",")[0]), [
    'It tried read to "/srv2"',
    "It tried env as a whole",
    'It tried net to "example.org:443"',
    'It tried read to "<EXEC_PATH>"',
  ]);
});
