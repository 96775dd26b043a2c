import { setUpPlugin, type TestContext } from "../../set_up_plugin.ts";
import type { FakeApi } from "./fake_api.ts";
import plugin from "./mod.ts";

/** The key of every test. */
export const KEY = "sk-test-0123456789";

/**
 * Sets the plugin up with a server of the test's own behind it. Asks it once
 * only, unless `max_retries` says otherwise.
 *
 * @param server The server.
 * @param config What is to be configured besides.
 * @param context What is to be in the plugin's context.
 * @returns What the plugin made, and its context.
 */
export async function connectPlugin(
  server: FakeApi,
  config: Readonly<Record<string, unknown>> = {},
  context: TestContext = {},
) {
  const base = { api_key: KEY, base_url: server.baseUrl, max_retries: 0 };
  return await setUpPlugin(plugin, { ...base, ...config }, context);
}
