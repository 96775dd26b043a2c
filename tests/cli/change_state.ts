import { assertEquals } from "@std/assert";
import { FileStateStore } from "@semantik/plugins/state";
import { type Files, pluginFiles } from "./with_plugins.ts";

/** A plugin, another one that requires it, and one that is broken. */
export const CHANGED_PLUGINS: Files = {
  ...prefixed("plugins/", {
    ...pluginFiles("base", {
      permissions: { env: ["BASE_KEY"], read: ["./data"] },
    }),
    ...pluginFiles("user", { requires: [{ id: "base", version: "*" }] }),
    "broken/plugin.json": '{ "id": "broken" }',
  }),
};

function prefixed(prefix: string, files: Files): Files {
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [prefix + path, text]),
  );
}

/** Returns what a state file stores, by plugin. */
export async function readStates(path: string): Promise<unknown> {
  const result = await new FileStateStore(path).read();
  assertEquals(result.ok, true);
  return result.ok ? Object.fromEntries(result.snapshot.plugins) : undefined;
}

/** Returns the marks of a state file. */
export async function readMarks(path: string): Promise<readonly string[]> {
  const result = await new FileStateStore(path).read();
  return result.ok ? result.snapshot.unrecorded ?? [] : [];
}

/** Returns the events of a log, without what differs from run to run. */
export async function readEvents(path: string): Promise<readonly unknown[]> {
  const text = await Deno.readTextFile(path);
  return text.trimEnd().split("\n").map((line) => {
    const { plugin_id, action, by, config_keys, code } = JSON.parse(line);
    return [plugin_id, action, by, ...config_keys ?? (code ? [code] : [])];
  });
}
