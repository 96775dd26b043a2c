import type { PluginContext } from "@semantik/plugins/plugin";

export default {
  setup({ signal }: PluginContext) {
    signal.addEventListener("abort", () => {
      throw null;
    });
    return { run: () => "abort-listener-throws-null" };
  },
};
