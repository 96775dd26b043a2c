/**
 * Greeter: greets people, in the words of its configuration or of a variable.
 *
 * @module
 */

import { definePlugin, type Plugin } from "@semantik/plugins/plugin";
import { z } from "zod";

const configSchema = z.object({ greeting: z.string().min(1).default("Hello") });

const plugin: Plugin<z.infer<typeof configSchema>> = definePlugin({
  configSchema,
  setup({ config, env }) {
    const greeting = env.GREETING ?? config.greeting;
    return { greet: (name: string) => `${greeting} ${name}` };
  },
  healthCheck: () => true,
});

export default plugin;
