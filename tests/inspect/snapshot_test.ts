import { assert, assertEquals } from "@std/assert";
import { PluginHost } from "@semantik/plugins";
import { createAuditLogger } from "@semantik/plugins/audit";
import { HostEventTarget } from "../../src/events/host_events.ts";
import { createParts } from "../../src/host/create_parts.ts";
import { HostSecrets, Registry } from "../../src/host/registry.ts";
import { readOptions } from "../../src/host/settings.ts";
import { reportPermissions } from "../../src/inspect/permission_report.ts";
import type { ReportSnapshot } from "../../src/inspect/snapshot.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { withPlugins } from "../host/with_plugins.ts";
import { writeLock } from "../provenance/lock_plugins.ts";

const CODE = "export default { setup: () => ({}) };";

/** One plugin for each decision, and a manifest that cannot be read. */
const PLUGINS = {
  plain: CODE,
  good: CODE,
  needy: { code: CODE, manifest: { requires: [{ id: "good", version: "*" }] } },
  reader: {
    code: CODE,
    manifest: {
      permissions: { net: ["api.example:443"], read: ["./data"] },
      optionalPermissions: { env: ["LANG"] },
    },
  },
  old: { code: CODE, manifest: { host: "^9.0.0" } },
  off: { code: CODE, manifest: { type: "other" } },
  first: {
    code: CODE,
    manifest: { requires: [{ id: "second", version: "*" }] },
  },
  second: {
    code: CODE,
    manifest: { requires: [{ id: "first", version: "*" }] },
  },
  twin: { code: CODE, id: "good" },
} as const;

function partsOf(
  folder: string,
  grants: "enforce" | "prompt",
  lock?: string,
) {
  const settings = readOptions({
    ...lock === undefined ? {} : { lock },
    name: "test",
    version: "1.0.0",
    sources: [folder],
    permissions: grants,
    config: { good: { api_key: "x".repeat(40) } },
    audit: createAuditLogger({ handlers: [] }),
  });
  return createParts({
    settings,
    registry: new Registry(),
    secrets: new HostSecrets(settings),
    hostEvents: new HostEventTarget(),
    ending: new AbortController().signal,
  });
}

/** Asserts that a value holds nothing that JSON cannot hold. */
function assertPlain(value: unknown, path: string): void {
  if (value === null || typeof value !== "object") {
    const kinds = ["string", "number", "boolean", "undefined", "object"];
    assert(kinds.includes(typeof value), `${path} is a ${typeof value}`);
    return;
  }
  const isPlain = Array.isArray(value) ||
    Object.getPrototypeOf(value) === Object.prototype ||
    Object.getPrototypeOf(value) === null;
  assert(isPlain, `${path} is no plain object`);
  for (const [key, one] of Object.entries(value)) {
    assertPlain(one, `${path}.${key}`);
  }
}

Deno.test("a Snapshot printed as JSON gives the same plan and the same report", async () => {
  await withPlugins(PLUGINS, async (folder) => {
    const lock = `${folder}/plugins.lock.json`;
    await writeLock(lock, [`${folder}/plain`, `${folder}/reader`]);
    await Deno.writeTextFile(`${folder}/off/plugin.json`, "{ broken");
    const modes = [
      ["enforce", undefined],
      ["prompt", undefined],
      ["prompt", lock],
    ] as const;
    for (const [mode, lock] of modes) {
      const { inspection: { snapshot }, report } =
        await (await partsOf(folder, mode, lock))
          .inspector.report();
      assertPlain(snapshot, "snapshot");
      assert(Object.isFrozen(snapshot.plugins));
      const copy: ReportSnapshot = JSON.parse(JSON.stringify(snapshot));
      const decisionsOf = (one: ReportSnapshot) =>
        makePlan(one).steps.map(({ decision }) => decision);
      assertEquals(
        JSON.stringify(decisionsOf(copy)),
        JSON.stringify(decisionsOf(snapshot)),
      );
      const kinds = new Set(decisionsOf(snapshot).map(({ kind }) => kind));
      assert(kinds.has("load") && kinds.has("refuse"));
      assertEquals(
        JSON.stringify(reportPermissions(copy)),
        JSON.stringify(report),
      );
    }
  });
});

Deno.test("a Snapshot shows no configuration, which may hold a secret", async () => {
  await withPlugins({ good: CODE }, async (folder) => {
    const { inspection } = await (await partsOf(folder, "enforce")).inspector
      .report();
    const text = JSON.stringify(inspection.snapshot);
    assert(!text.includes("x".repeat(40)), text);
    assertEquals(inspection.configs.get("good"), { api_key: "x".repeat(40) });
  });
});

Deno.test("host.plan() decides what the Snapshot decides", async () => {
  await withPlugins({ good: CODE, old: PLUGINS.old }, async (folder) => {
    const { snapshot } = await (await partsOf(folder, "enforce")).inspector
      .inspect();
    await using host = new PluginHost({
      name: "test",
      version: "1.0.0",
      sources: [folder],
      config: { good: { api_key: "x".repeat(40) } },
    });
    assertEquals(
      await host.plan(),
      makePlan(snapshot).steps.map(({ decision }) => decision),
    );
  });
});
