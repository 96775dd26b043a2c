import { setUpPlugin, type TestContext } from "../../set_up_plugin.ts";
import type { FakeApi } from "./fake_api.ts";
import plugin from "./mod.ts";

/** The key of every test. */
export const KEY = "sk-test-0123456789";

/**
 * Sets the plugin up with the test's own server, without retries by default.
 */
export async function connectPlugin(
  server: FakeApi,
  config: Readonly<Record<string, unknown>> = {},
  context: TestContext = {},
) {
  const base = { api_key: KEY, base_url: server.baseUrl, max_retries: 0 };
  return await setUpPlugin(plugin, { ...base, ...config }, context);
}
