import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "../../src/base/path.ts";
import { runFixture } from "./run_fixture.ts";

const PLUGINS = new URL("../fixtures/host/switches/plugins", import.meta.url);
const READ = `--allow-read=${fromFileUrl(PLUGINS)}`;
const EVERY = "SEMANTIK_ENABLE_PLUGINS";
const READERS = "SEMANTIK_ENABLE_READER_PLUGINS";
const WRITERS = "SEMANTIK_ENABLE_WRITER_PLUGINS";
const PREFIX = "--allow-env=SEMANTIK_ENABLE_*";
const ENV = `--allow-env=${EVERY},${READERS},${WRITERS}`;

async function load(
  env: Readonly<Record<string, string>>,
  { flags = [ENV], args = [] }: {
    readonly flags?: readonly string[];
    readonly args?: readonly string[];
  } = {},
) {
  const { code, stdout, stderr } = await runFixture("switches/load.ts", {
    flags: [READ, ...flags],
    env,
    args,
  });
  assertEquals([code, stderr], [0, ""]);
  const lines = stdout.trim().split("\n");
  const { flags: computed, missing, revoked, ...result } = JSON.parse(
    lines.pop() ?? "",
  );
  return {
    result: { ...result, imported: lines.sort() },
    computed,
    missing,
    revoked,
  };
}

Deno.test("PluginHost skips external plugins before any import if the switch is off", async () => {
  const { result } = await load({ [EVERY]: " FALSE " });
  assertEquals(result, {
    loaded: ["ours"],
    skipped: ["reader switch", "writer switch"],
    enabled: "PLUGIN_NOT_LIVE",
    notes: [],
    imported: [],
  });
});

Deno.test("PluginHost skips the external plugins of one type, also after seal()", async () => {
  const { result, revoked } = await load({ [EVERY]: "yes", [READERS]: "0" }, {
    args: ["on", "{}", "seal"],
  });
  assertEquals(result, {
    loaded: ["ours", "writer"],
    skipped: ["reader switch"],
    enabled: "PLUGIN_NOT_LIVE",
    notes: [],
    imported: ["imported writer"],
  });
  assert(revoked.includes("env"));
});

Deno.test("PluginHost treats an unclear switch as off, and warns", async () => {
  const { result } = await load({ [EVERY]: "", [WRITERS]: "disabled" });
  assertEquals(result.loaded, ["ours"]);
  assertEquals(result.imported, []);
  assertEquals(
    result.notes.map((note: string[]) => note.slice(0, 4)),
    [
      ["host:switched", "switch.unclear", "warn", EVERY],
      ["host:switched", "switch.unclear", "warn", WRITERS],
    ],
  );
  assert(result.notes[0][4].includes("counts as off"), result.notes[0][4]);
});

Deno.test("PluginHost loads every plugin if no switch of the process is set", async () => {
  const { result } = await load({}, { args: ["off"] });
  assertEquals(result.loaded, ["ours", "reader", "writer"]);
  assertEquals([result.enabled, result.notes], ["live", []]);
});

Deno.test("PluginHost treats an unreadable switch as unset, and warns once with the flag", async (t) => {
  const env = { [EVERY]: "0", [READERS]: "0" };
  const all = ["ours", "reader", "writer"];
  const remedy =
    "Start the host with --allow-env='SEMANTIK_ENABLE_*', or with its option switches: false";
  const denied =
    `${remedy}; remove the flag that denies or ignores a switch by name`;
  const rows: readonly (readonly [string, readonly string[], string])[] = [
    [`--allow-env=${WRITERS}`, [EVERY, READERS], remedy],
    [`${PREFIX} --ignore-env=${EVERY},${READERS}`, [EVERY, READERS], denied],
    [`--allow-env --deny-env=SEMANTIK_*`, [EVERY, READERS, WRITERS], denied],
  ];
  for (const [flags, unreadable, said] of rows) {
    await t.step(flags, async () => {
      const { result } = await load(env, { flags: flags.split(" ") });
      assertEquals(result.loaded, all);
      assertEquals(result.notes, [
        ["host:switched", "switch.unreadable", "warn", unreadable, said],
      ]);
    });
  }
});

Deno.test("PluginHost reads its switches under exactly the flags that it computes", async () => {
  const open = await load({ [EVERY]: "false" }, { flags: [] });
  assertEquals(open.result.loaded, ["ours", "reader", "writer"]);
  assertEquals(open.computed, [PREFIX, READ, "--no-prompt"]);
  assertEquals(open.missing, ["SEMANTIK_ENABLE_*"]);
  const [flag = ""] = open.computed;
  const closed = await load({ [EVERY]: "false" }, { flags: [flag] });
  assertEquals(closed.result.loaded, ["ours"]);
  assertEquals(closed.result.notes, []);
  // What is switched off now keeps its switch, and no flag more than that.
  assertEquals([closed.computed, closed.missing], [open.computed, []]);
  const named = await load({ [READERS]: "no" });
  assertEquals(named.result.loaded, ["ours", "writer"]);
  assertEquals([named.computed, named.missing], [open.computed, []]);
});

Deno.test("PluginHost reads no switch with switches: false, and needs no flag for one", async () => {
  const { result, computed } = await load({ [EVERY]: "0" }, {
    args: ["on", '{"switches":false}'],
  });
  assertEquals(result.loaded, ["ours", "reader", "writer"]);
  assertEquals([result.enabled, result.notes], ["live", []]);
  assertEquals(computed, [READ, "--no-prompt"]);
});
