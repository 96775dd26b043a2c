/**
 * A plugin where it lies, held against what a host expects of it.
 *
 * @module
 */

import { PluginError } from "../errors.ts";
import type { AnyContract } from "../host/contract.ts";
import { errorOf } from "../host/problems.ts";
import { denoSourcePowers } from "../manifest/powers.ts";
import { readSource } from "../manifest/read_source.ts";
import { quote } from "../text.ts";
import { setUpForTest, type SetUpOptions } from "./set_up_for_test.ts";

/** Options of {@linkcode assertPluginContract}: what a host would have for the plugin. */
export interface AssertPluginContractOptions extends SetUpOptions {}

/**
 * Asserts that a host can load a plugin from where it lies: that its manifest is
 * good, its module can be imported, its setup succeeds, what that makes fulfils
 * the contract, and it can be disposed of.
 *
 * Needs `read` permission for the plugin's directory; for the rest see
 * {@linkcode testPlugin}.
 *
 * @example A plugin of the search example
 * ```ts
 * import { contract } from "@semantik/plugins";
 * import { assertPluginContract } from "@semantik/plugins/testing";
 *
 * interface Embedding {
 *   embed(texts: readonly string[]): Promise<readonly Float32Array[]>;
 * }
 *
 * await assertPluginContract(
 *   "./examples/search/plugins/hashing-embedding",
 *   contract<Embedding>("embed"),
 * );
 * ```
 *
 * @param source The plugin's directory or `plugin.json`, or any other source of a host that holds one plugin.
 * @param contract What a host expects of the plugins of this type.
 * @param options What a host would have for it.
 * @throws {PluginError} what is not as it should be, with every problem.
 */
export async function assertPluginContract(
  source: string | URL,
  contract?: AnyContract,
  options: AssertPluginContractOptions = {},
): Promise<void> {
  const found = await readSource(source, Deno.cwd(), denoSourcePowers);
  const [plugin, ...others] = found;
  if (plugin === undefined || others.length > 0) {
    throw new PluginError(
      `Cannot test source ${quote(String(source))}: it holds ` +
        `${found.length} plugins`,
      {
        code: "PLUGIN_SOURCE_UNREADABLE",
        remedy: "Name the directory of one plugin",
      },
    );
  }
  if (!plugin.ok) throw errorOf(plugin.id ?? plugin.source, plugin.problems);
  const { manifest } = plugin;
  const tested = await setUpForTest(
    { manifest, contract, from: { source } },
    options,
  );
  await tested.dispose();
}
