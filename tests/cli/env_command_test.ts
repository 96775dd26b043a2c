import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runCli, runJson } from "./run_cli.ts";
import { runDeno } from "./run_deno.ts";

const CLI = new URL("../../cli.ts", import.meta.url).href;

Deno.test("env prints which variables would be withheld and why, and never a value", async () => {
  const env = {
    MY_API_KEY: "value-of-the-key",
    DB_PASS: "value-of-the-pass",
    REPLICA_URL: "postgres://ada:value-of-the-url@db/app",
    GREETING: "value-of-the-greeting",
  };
  const args = ["run", "--no-prompt", "--allow-env", CLI, "env"];
  const { code, stdout, stderr } = await runDeno(args, { env });
  assertEquals([code, stderr], [0, ""]);
  const lines = stdout.split("\n").map((line) => line.replaceAll(/ +/g, " "));
  assertEquals(lines, [
    "NAME STATUS WHY",
    "DB_PASS withheld the name has the word PASS",
    "MY_API_KEY withheld the name contains KEY",
    "REPLICA_URL withheld the value is or contains a credential",
    "",
    "3 variables: 3 withheld",
    "",
  ]);
  const all = await runDeno([...args, "--all", "--deny=GREET", "--json"], {
    env,
  });
  assert(!(stdout + all.stdout).includes("value-of"));
  const { schema, command, result } = JSON.parse(all.stdout);
  assertEquals([schema, command], [1, "env"]);
  const found = new Map(
    result.variables.map((one: { name: string }) => [one.name, one]),
  );
  assertEquals(found.get("GREETING"), {
    name: "GREETING",
    status: "withheld",
    because: { kind: "deny", match: "GREET" },
  });
  assertEquals(found.get("NO_COLOR"), { name: "NO_COLOR", status: "kept" });
});

Deno.test("env explains named variables without permission to list all", async () => {
  const { code, result } = await runJson([
    "env",
    "HOME",
    "A_VARIABLE_NOT_PERMITTED",
  ]);
  assertEquals(code, 0);
  assertEquals(result, {
    variables: [
      {
        name: "A_VARIABLE_NOT_PERMITTED",
        status: "unpermitted",
        flag: "--allow-env=A_VARIABLE_NOT_PERMITTED",
      },
      { name: "HOME", status: "kept" },
    ],
  });
});

Deno.test("env names the flag it needs to list the environment", async () => {
  const { code, stdout, stderr } = await runCli(["env"]);
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "--allow-env");
});
