import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);

/** The steps that only telemetry reads: the trail records what they lead to. */
const UNRECORDED = [
  "host.load.began",
  "host.load.ended",
  "plugin.import.ended",
  "plugin.setup.ended",
];

/** The actions that the code of the host writes. */
async function writtenActions(): Promise<ReadonlySet<string>> {
  const actions = new Set([
    "plugin.registered.builtin",
    "plugin.registered.external",
    "plugin.process.started",
    "plugin.process.restarted",
    "plugin.process.ended",
    "permission.allowed",
    "permission.denied",
  ]);
  for await (const { name } of Deno.readDir(new URL("src/host/", ROOT))) {
    const text = await Deno.readTextFile(new URL(`src/host/${name}`, ROOT));
    const found = text.matchAll(
      /"((?:plugin|host|switch|permission)\.[a-z_]+(?:\.[a-z_]+)*)"/g,
    );
    for (const [, action = ""] of found) actions.add(action);
  }
  for (const action of UNRECORDED) assert(actions.delete(action), action);
  return actions;
}

Deno.test("docs/audit-format.md lists the actions that a host writes, and no others", async () => {
  const page = await Deno.readTextFile(new URL("docs/audit-format.md", ROOT));
  const [, section = ""] = page.split("\n## Host events\n");
  const rows = section.split("\n## ")[0]?.match(/^\| `.*$/gm) ?? [];
  const listed = rows.flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)]
      .map(([, action = ""]) => action)
  );
  const written = await writtenActions();
  assert(written.size > 10);
  assertEquals(listed.toSorted(), [...written].toSorted());
});
