import { assertEquals } from "@std/assert";
import {
  readProcessSwitch,
  type SwitchSystem,
} from "../../src/state/switches.ts";
import { runFixture } from "./run_fixture.ts";

function systemOf(changes: Partial<SwitchSystem>): SwitchSystem {
  return {
    permission: () => "granted",
    canPrompt: () => false,
    get: () => "on",
    ...changes,
  };
}

Deno.test("readProcessSwitch() does not prompt", async (t) => {
  const rows: readonly (readonly [
    string,
    Partial<SwitchSystem>,
    ReturnType<typeof readProcessSwitch>,
  ])[] = [
    ["granted", {}, { kind: "set", value: "on" }],
    ["granted, unset", { get: () => undefined }, { kind: "unset" }],
    ["denied", { permission: () => "denied" }, { kind: "unreadable" }],
    [
      "a person could be asked",
      { permission: () => "prompt", canPrompt: () => true },
      { kind: "unreadable" },
    ],
    [
      "a broker grants it",
      { permission: () => "prompt" },
      { kind: "set", value: "on" },
    ],
    [
      // What Deno 2.9.6 throws for a variable that is not UTF-8.
      "set to what is no text",
      {
        get: () => {
          throw new Deno.errors.InvalidData("not valid unicode");
        },
      },
      { kind: "set", value: "\ufffd" },
    ],
    [
      "nobody grants it",
      {
        permission: () => "prompt",
        get: () => {
          throw new Deno.errors.NotCapable("no");
        },
      },
      { kind: "unreadable" },
    ],
  ];
  for (const [name, changes, expected] of rows) {
    await t.step(name, () => {
      assertEquals(readProcessSwitch("X", systemOf(changes)), expected);
    });
  }
});

Deno.test("readProcessSwitch() reads the process under real flags", async (t) => {
  const env = { SEMANTIK_ENABLE_PLUGINS: "off" };
  const rows: readonly (readonly [readonly string[], unknown])[] = [
    [["--allow-env=SEMANTIK_ENABLE_PLUGINS"], { kind: "set", value: "off" }],
    [["--allow-env=OTHER"], { kind: "unreadable" }],
    [["--deny-env"], { kind: "unreadable" }],
    [
      ["--allow-env", "--ignore-env=SEMANTIK_ENABLE_PLUGINS"],
      { kind: "unreadable" },
    ],
  ];
  for (const [flags, expected] of rows) {
    await t.step(flags.join(" "), async () => {
      const { stdout, stderr } = await runFixture("switch.ts", { flags, env });
      assertEquals(stderr, "");
      assertEquals(JSON.parse(stdout), expected);
    });
  }
});
