import type { Builtin } from "@semantik/plugins";
import { definePlugin } from "@semantik/plugins/plugin";
import { z } from "zod";
import type { Filter } from "../filter.ts";

const ADDRESS_REGEXP = /[\w.%+-]+@[\w-]+(?:\.[\w-]+)+/g;

const plugin = definePlugin({
  configSchema: z.strictObject({
    mask: z.string().min(1).default("[address]"),
  }),
  setup: ({ config, audit }): Filter => ({
    apply(text) {
      let count = 0;
      const masked = text.replace(ADDRESS_REGEXP, () => {
        count++;
        return config.mask;
      });
      audit("addresses.masked", { count });
      return masked;
    },
  }),
});

/** Masks the e-mail addresses of a text. */
export const maskAddresses = {
  manifest: {
    id: "mask-addresses",
    type: "filter",
    version: "1.0.0",
    description: "Masks e-mail addresses",
    permissions: {},
  },
  plugin,
} satisfies Builtin;
