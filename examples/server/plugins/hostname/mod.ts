import { definePlugin } from "@semantik/plugins/plugin";

export default definePlugin({
  setup: () => ({ read: () => Deno.hostname() }),
});
