import { assert, assertEquals } from "@std/assert";
import { runFixture } from "./run_fixture.ts";

const READ = `--allow-read=${import.meta.dirname}/../fixtures/host/switches`;
const EVERY = "SEMANTIK_ENABLE_PLUGINS";
const READERS = "SEMANTIK_ENABLE_READER_PLUGINS";
const WRITERS = "SEMANTIK_ENABLE_WRITER_PLUGINS";
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
  return {
    ...JSON.parse(lines.pop() ?? ""),
    imported: lines.sort(),
  };
}

Deno.test("PluginHost keeps external plugins out before any import where the switch is off, and builtins in", async () => {
  assertEquals(await load({ [EVERY]: " FALSE " }), {
    loaded: ["ours"],
    skipped: ["reader switch", "writer switch"],
    enabled: "PLUGIN_NOT_LIVE",
    notes: [],
    imported: [],
  });
});

Deno.test("PluginHost keeps out the external plugins of one type", async () => {
  assertEquals(await load({ [EVERY]: "yes", [READERS]: "0" }), {
    loaded: ["ours", "writer"],
    skipped: ["reader switch"],
    enabled: "PLUGIN_NOT_LIVE",
    notes: [],
    imported: ["imported writer"],
  });
});

Deno.test("PluginHost takes a switch that nobody understands for off, and warns", async () => {
  const result = await load({ [EVERY]: "", [WRITERS]: "disabled" });
  assertEquals(result.loaded, ["ours"]);
  assertEquals(result.imported, []);
  assertEquals(
    result.notes.map(([id, action, name]: string[]) => [id, action, name]),
    [
      ["host:switched", "switch.unclear", EVERY],
      ["host:switched", "switch.unclear", WRITERS],
    ],
  );
  assert(result.notes[0][3].includes("counts as off"), result.notes[0][3]);
});

Deno.test("PluginHost lets everybody in where no switch is set, whatever its own environment holds", async () => {
  const result = await load({}, { args: ["off"] });
  assertEquals(result.loaded, ["ours", "reader", "writer"]);
  assertEquals([result.enabled, result.notes], ["live", []]);
});

Deno.test("PluginHost counts a switch that it may not read as unset, and says so once", async () => {
  const result = await load({ [EVERY]: "0", [READERS]: "0" }, {
    flags: [`--allow-env=${WRITERS}`],
  });
  assertEquals(result.loaded, ["ours", "reader", "writer"]);
  assertEquals(result.notes, [
    ["host:switched", "switch.unreadable", [EVERY, READERS], null],
  ]);
});
