import type { PluginContext } from "@semantik/plugins/plugin";

export default {
  setup({ signal }: PluginContext) {
    signal.addEventListener("abort", () => {
      throw new Error("at the end");
    });
    return { run: () => "abort-listener-throws" };
  },
};
