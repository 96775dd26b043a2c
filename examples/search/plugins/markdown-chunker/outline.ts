import type { Passage } from "../../contracts.ts";
import { setUpPlugin } from "../../set_up_plugin.ts";
import plugin from "./mod.ts";

/** Cuts a text as the plugin does, for tests. */
export async function chunk(
  text: string,
  config?: unknown,
): Promise<readonly Passage[]> {
  const { api } = await setUpPlugin(plugin, config);
  return await api.chunk({ path: "a.md", text });
}

/** Cuts a text, and writes each passage on one line: lines, headings, text. */
export async function outline(
  text: string,
  config?: unknown,
): Promise<string[]> {
  return (await chunk(text, config)).map((passage) =>
    `${passage.startLine}-${passage.endLine} ${passage.headings.join(" > ")}: ${
      passage.text.replaceAll("\n", "/")
    }`
  );
}
