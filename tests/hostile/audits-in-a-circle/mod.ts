import type { PluginContext } from "@semantik/plugins/plugin";

/** Its details write events themselves. */
export default {
  setup({ audit }: PluginContext) {
    const details = {
      get again() {
        audit("again", details);
        return 1;
      },
    };
    audit("first", details);
    return { run: () => "audits-in-a-circle" };
  },
};
