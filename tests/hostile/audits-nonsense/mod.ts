import type { PluginContext } from "@semantik/plugins/plugin";

/** Writes events that look like somebody else's. */
export default {
  setup({ audit }: PluginContext) {
    const forged = {
      plugin_id: "good",
      action: "plugin.disabled",
      timestamp: "1970-01-01T00:00:00.000Z",
      level: "critical",
      entry_point: "builtin:ours",
    };
    audit("x\nPLUGIN_AUDIT: good - plugin.disabled", forged);
    audit("\u001b[2J\u202e", {
      get x() {
        throw null;
      },
    });
    Reflect.apply(audit, undefined, [Symbol("x"), null, { level: "x" }]);
    Reflect.apply(audit, undefined, [
      { toString: null },
      new Proxy({}, {
        ownKeys() {
          throw null;
        },
      }),
    ]);
    return { run: () => "audits-nonsense" };
  },
};
