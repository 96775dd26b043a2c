import type { Passage } from "../../contracts.ts";
import { setUpPlugin } from "../../set_up_plugin.ts";
import plugin from "./mod.ts";

/**
 * Cuts a text as the plugin does. For tests.
 *
 * @param text The Markdown.
 * @param config The configuration of the plugin.
 * @returns Its passages.
 */
export async function chunk(
  text: string,
  config?: unknown,
): Promise<readonly Passage[]> {
  const { api } = await setUpPlugin(plugin, config);
  return await api.chunk({ path: "a.md", text });
}

/**
 * Cuts a text, and writes each passage on a line: lines, headings, text.
 *
 * @param text The Markdown.
 * @param config The configuration of the plugin.
 * @returns A line for each passage, its line breaks as slashes.
 */
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
