import { type Builtin, definePlugin, PluginHost } from "@semantik/plugins";
import { createAuditLogger } from "@semantik/plugins/audit";
import { RecentEvents } from "@semantik/plugins/page";

const DESCRIPTIONS = [
  "Reads documents and turns them into vectors",
  "Reports what changed in a folder since the last look at it, with every name",
  "Sends mails",
];

/** The first three plugins: one fails, one is degraded, one is risky and refused. */
const FIRST: readonly Builtin[] = [
  {
    manifest: {
      id: "broken",
      type: "gauge",
      version: "1.0.0",
      displayName: "A gauge with a rather long name that does not fit",
      description: DESCRIPTIONS[1],
      requires: [{ id: "slow", version: "^1.0.0" }],
    },
    plugin: definePlugin({
      setup() {
        throw new Error("The index is locked by another process");
      },
    }),
  },
  {
    manifest: {
      id: "slow",
      type: "search",
      version: "1.2.3",
      description: DESCRIPTIONS[0],
      author: "Ada",
      license: "MIT",
      homepage:
        "https://example.com/a/long/address/of/a/plugin/that/has/to/wrap",
    },
    plugin: definePlugin({
      setup: () => ({}),
      reconfigure() {},
      healthCheck: () => ({
        status: "degraded",
        message: "the queue has 1,200 entries",
      }),
    }),
  },
  {
    manifest: {
      id: "risky",
      type: "sink",
      version: "0.1.0",
      permissions: {
        run: true,
        write: ["/var/lib/a/very/long/path/to/a/file"],
      },
      optionalPermissions: { net: ["a.example:443"] },
      requires: [{ id: "nobody", version: "*", optional: true }],
    },
    plugin: definePlugin({ setup: () => ({}) }),
  },
];

function another(index: number): Builtin {
  return {
    manifest: {
      id: `plugin-${String(index).padStart(3, "0")}`,
      type: ["gauge", "search", "sink"][index % 3] ?? "gauge",
      version: "1.0.0",
      description: DESCRIPTIONS[index % 3],
      permissions: index % 7 === 0 ? { env: ["LANG"] } : {},
      requires: index % 4 === 0 && index > 4
        ? [{ id: `plugin-${String(index - 1).padStart(3, "0")}`, version: "*" }]
        : [],
    },
    plugin: definePlugin({
      setup: () => ({}),
      healthCheck: () => true,
    }),
  };
}

/** Loads a host with a number of plugins, three at least. */
export async function loadSampleHost(count: number) {
  const trail = new RecentEvents();
  const audit = createAuditLogger({ handlers: [trail] });
  const host = new PluginHost({
    name: "sample",
    version: "1.0.0",
    audit,
    switches: false,
    config: { slow: { depth: 3, names: ["one", "two"] } },
    builtins: [
      ...FIRST,
      ...Array.from(
        { length: count - FIRST.length },
        (_, index) => another(index),
      ),
    ],
  });
  await host.load();
  await host.health();
  return { host, trail };
}
