import { definePlugin } from "@semantik/plugins/plugin";

export default definePlugin({
  setup({ env, log }) {
    log.debug("ready");
    return { greet: (name: string) => `${env.GREETING ?? "Hello"} ${name}` };
  },
});
