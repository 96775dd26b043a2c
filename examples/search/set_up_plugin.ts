import type { Plugin, PluginContext } from "@semantik/plugins/plugin";

export type TestContext = Partial<
  Pick<PluginContext, "env" | "signal" | "log">
>;

/** Sets a plugin up as a host does, for a test of the plugin alone. */
export async function setUpPlugin<Config, Api extends object>(
  plugin: Plugin<Config, Api>,
  config?: unknown,
  overrides: TestContext = {},
): Promise<{ api: Api; context: PluginContext<Config> }> {
  const validate = plugin.configSchema?.["~standard"].validate;
  if (validate === undefined) throw new TypeError("There is no configSchema");
  const result = await validate(config);
  if (result.issues) {
    const issues = result.issues.map(({ message, path = [] }) =>
      `${path.map((key) => String(key)).join(".")}: ${message}`
    );
    throw new TypeError(issues.join("; "));
  }
  const context: PluginContext<Config> = {
    id: "under-test",
    config: result.value,
    env: {},
    log: { debug() {}, info() {}, warn() {}, error() {} },
    audit() {},
    dataDir: undefined,
    signal: new AbortController().signal,
    use: () => undefined,
    ...overrides,
  };
  return { api: await plugin.setup(context), context };
}
