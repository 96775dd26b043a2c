import type { PluginContext } from "@semantik/plugins/plugin";

export default {
  setup: ({ use }: PluginContext) => ({ run: use("good") ?? (() => 1) }),
};
