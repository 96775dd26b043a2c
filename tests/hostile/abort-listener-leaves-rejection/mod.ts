import type { PluginContext } from "@semantik/plugins/plugin";

export default {
  setup({ signal }: PluginContext) {
    signal.addEventListener("abort", () => {
      Promise.reject(undefined);
      queueMicrotask(() => {
        throw "a text";
      });
    });
    return { run: () => "abort-listener-leaves-rejection" };
  },
};
