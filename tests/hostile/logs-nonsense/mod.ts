import type { PluginContext } from "@semantik/plugins/plugin";

export default {
  setup({ log }: PluginContext) {
    for (
      const message of [
        { toString: null },
        Symbol("x"),
        "\u001b[2J\nERROR [good]",
      ]
    ) Reflect.apply(log.info, undefined, [message]);
    return { run: () => "logs-nonsense" };
  },
};
