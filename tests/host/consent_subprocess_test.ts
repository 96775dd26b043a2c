import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError, type PluginRunner } from "@semantik/plugins";
import { MemoryStateStore } from "@semantik/plugins/state";
import { subprocess } from "@semantik/plugins/subprocess";
import { createFakeProcess } from "../../src/testing/fake_process.ts";
import { live } from "../broker/live_host.ts";
import { withoutPosix } from "../test_unless.ts";
import { manifestOf, type ManifestParts } from "./builtin.ts";
import {
  createTestHost,
  type TestHost,
  type TestOptions,
} from "./test_host.ts";
import { withPlugins } from "./with_plugins.ts";

const { system: powers } = createFakeProcess({});

/** A plugin that tells whether it may read a variable, and from which process. */
const CODE = `export default { setup: () => ({
  read: (name) => {
    try { Deno.env.get(name); return "read"; } catch (error) { return error.name; }
  },
  pid: () => Deno.pid,
}) };`;

const NEEDS = { permissions: { env: ["CONSENT_A", "CONSENT_B"] } };

const RUNNERS: Readonly<Record<string, () => PluginRunner>> = {
  flags: () => subprocess(),
  ...withoutPosix("") === undefined ? { live: () => live() } : {},
};

function hostOf(options: TestOptions): TestHost {
  return createTestHost({ powers, ...options });
}

function call(test: TestHost, method: string, ...args: readonly unknown[]) {
  return test.host.use(
    "a",
    "thing",
    (api) => Object(api)[method](...args),
  );
}

function effectsOf(test: TestHost): readonly unknown[] {
  return test.events().filter(({ action }) =>
    action === "permission.revoked" || action === "plugin.consent.revoked"
  ).map(({ effects, by }) => JSON.stringify([effects, by]));
}

for (const [mode, runner] of Object.entries(RUNNERS)) {
  Deno.test(`PluginHost takes a permission from a process that goes on: ${mode}`, async () => {
    await withPlugins(
      { a: { code: CODE, manifest: NEEDS } },
      async (folder) => {
        const state = new MemoryStateStore();
        const options = { sources: [folder], runner: runner(), state };
        {
          await using test = hostOf(options);
          const { failed, refused } = await test.host.load();
          assertEquals([...failed, ...refused], []);
          const first = await call(test, "pid");
          assertEquals(await call(test, "read", "CONSENT_A"), "read");
          await test.host.revoke("a", { env: ["CONSENT_A"] }, { by: "ada" });
          assertEquals(await call(test, "read", "CONSENT_A"), "NotCapable");
          assertEquals(await call(test, "read", "CONSENT_B"), "read");
          const effect = mode === "live" ? "in force" : "restarted";
          assertEquals(effectsOf(test), [
            JSON.stringify([{ a: effect }, "ada"]),
          ]);
          assertEquals(await call(test, "pid") === first, mode === "live");
        }
        // It is not refused for it, and a restart does not bring it back.
        await using test = hostOf(options);
        assertEquals((await test.host.load()).loaded.length, 1);
        assertEquals(await call(test, "read", "CONSENT_A"), "NotCapable");
        await test.host.grant("a", { env: ["CONSENT_A"] });
        assertEquals(await call(test, "read", "CONSENT_A"), "read");
      },
    );
  });

  Deno.test(`PluginHost ends a process from which everything was taken: ${mode}`, async () => {
    await withPlugins(
      { a: { code: CODE, manifest: NEEDS } },
      async (folder) => {
        await using test = hostOf({ sources: [folder], runner: runner() });
        await test.host.load();
        await test.host.revoke("a");
        assertEquals(test.host.get("a"), undefined);
        assertEquals(effectsOf(test), [
          JSON.stringify([{ a: "ended" }, undefined]),
        ]);
        const [decision] = await test.host.plan();
        assert(decision?.kind === "refuse");
        assertEquals(decision.problems[0]?.code, "PLUGIN_PERMISSION_REVOKED");
        await test.host.grant("a");
        assertEquals(await call(test, "read", "CONSENT_A"), "read");
      },
    );
  });

  Deno.test(`PluginHost follows what another host took from a process: ${mode}`, async () => {
    await withPlugins(
      { a: { code: CODE, manifest: NEEDS } },
      async (folder) => {
        const state = new MemoryStateStore();
        await using test = hostOf({
          sources: [folder],
          runner: runner(),
          state,
        });
        await using other = hostOf({ sources: [folder], state });
        await test.host.load();
        await other.host.revoke("*", { env: true });
        await test.host.enable("a");
        assertEquals(await call(test, "read", "CONSENT_B"), "NotCapable");
        const effect = mode === "live" ? "in force" : "restarted";
        assertEquals(effectsOf(test), [
          JSON.stringify([{ a: effect }, "store"]),
        ]);
      },
    );
  });

  Deno.test(`PluginHost.reload() waits for the yes to an update that requires more: ${mode}`, async () => {
    await withPlugins(
      { a: { code: CODE, manifest: NEEDS } },
      async (folder) => {
        const seen: string[] = [];
        await using test = hostOf({
          consent: "required",
          sources: [folder],
          runner: runner(),
        });
        test.host.events.addEventListener(
          "grantchange",
          ({ detail }) => seen.push(detail.id),
        );
        await test.host.grant("a");
        assertEquals(await call(test, "read", "CONSENT_A"), "read");
        const update = async (parts: ManifestParts) =>
          await Deno.writeTextFile(
            `${folder}/a/plugin.json`,
            JSON.stringify(manifestOf("a", parts)),
          );
        await update({
          version: "1.1.0",
          permissions: { env: ["CONSENT_A", "CONSENT_B", "CONSENT_C"] },
        });
        const error = await assertRejects(
          () => test.host.reload("a"),
          PluginError,
        );
        assertEquals(
          [error.code, error.message.replace(/ on \S+:/, ":")],
          [
            "PLUGIN_CONSENT_MISSING",
            'Cannot load plugin "a": it requires more than was agreed to: env ' +
            'to "CONSENT_C" (--allow-env=CONSENT_C)',
          ],
        );
        // The old version goes on, also while the new one is agreed to.
        const pid = await call(test, "pid");
        await test.host.grant("a");
        assertEquals(await call(test, "pid"), pid);
        assertEquals(await call(test, "read", "CONSENT_C"), "NotCapable");
        await test.host.reload("a");
        assertEquals(await call(test, "read", "CONSENT_C"), "read");
        assertEquals(seen, ["a", "a"]);
        // What the update does not require any more stays agreed to while it ran.
        await update({ version: "1.2.0", permissions: { env: ["CONSENT_A"] } });
        await test.host.grant("a");
        assertEquals(await call(test, "read", "CONSENT_C"), "read");
        await test.host.reload("a");
        assertEquals(await call(test, "read", "CONSENT_C"), "NotCapable");
      },
    );
  });
}
