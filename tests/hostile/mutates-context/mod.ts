import type { PluginContext } from "@semantik/plugins/plugin";

/** Changes whatever it is handed, as far as it can be changed. */
export default {
  setup(context: PluginContext) {
    for (const part of [context, context.env, context.log, context.config]) {
      if (typeof part !== "object" || part === null) continue;
      for (const key of Reflect.ownKeys(part)) {
        Reflect.deleteProperty(part, key);
      }
      Reflect.set(part, "id", "good");
      Reflect.setPrototypeOf(part, { polluted: true });
      Object.freeze(part);
    }
    return { run: () => context.id };
  },
};
