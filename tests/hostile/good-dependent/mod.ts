import type { PluginContext } from "@semantik/plugins/plugin";

interface Good {
  run(): string;
}

export default {
  setup: ({ use }: PluginContext) => ({
    run: () => `good-dependent on ${use<Good>("good")?.run()}`,
  }),
  healthCheck: () => ({ status: "degraded", message: "slow today" }),
};
