import { definePlugin, type StandardSchema } from "@semantik/plugins/plugin";

interface Config {
  readonly limit_mib: number;
}

// A Standard Schema is small: it needs no library.
const configSchema: StandardSchema<unknown, Config> = {
  "~standard": {
    version: 1,
    vendor: "server-example",
    validate(value) {
      const limit = typeof value === "object" && value !== null &&
          "limit_mib" in value
        ? value.limit_mib
        : 1_024;
      return typeof limit === "number" && limit > 0
        ? { value: { limit_mib: limit } }
        : {
          issues: [{
            message: "must be a number above 0",
            path: ["limit_mib"],
          }],
        };
    },
  },
};

function usedMib(): number {
  return Math.round(Deno.memoryUsage().rss / 2 ** 20);
}

export default definePlugin({
  configSchema,
  setup: () => ({ read: () => `${usedMib()} MiB` }),
  healthCheck({ config }) {
    const used = usedMib();
    return used <= config.limit_mib ? { status: "healthy" } : {
      status: "degraded",
      message: `${used} MiB are above the limit of ${config.limit_mib} MiB`,
    };
  },
});
