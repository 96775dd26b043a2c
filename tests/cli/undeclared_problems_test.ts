import { assertEquals } from "@std/assert";
import { undeclaredProblems } from "../../src/cli/validate/check_run.ts";

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
