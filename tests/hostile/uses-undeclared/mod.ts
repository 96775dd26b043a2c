import type { PluginContext } from "@semantik/plugins/plugin";

export default {
  setup({ use }: PluginContext) {
    return { run: () => use("good") };
  },
};
