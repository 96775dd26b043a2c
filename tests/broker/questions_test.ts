/** Asks people for optional permissions that plugins need for the first time. */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { recordEnvironment } from "@semantik/plugins/environment";
import { createFakeClock } from "@semantik/plugins/testing";
import { withPlugins } from "../host/with_plugins.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";
import { live, liveHost, type Options, RUNS } from "./live_host.ts";

const notHere = withoutPosix("Unix sockets in Deno");

function test(name: string, body: () => Promise<void>): void {
  testUnless(notHere, name, body);
}

const OPTIONAL = {
  code: RUNS,
  manifest: { optionalPermissions: { env: ["A*", "B"] } },
};

const GETS =
  "return args.map((name) => { try { return Deno.env.get(name) ?? null } catch (error) { return error.message } })";

function hostOf(folder: string, options: Options) {
  return liveHost(folder, {
    environment: recordEnvironment({ A1: "a1", A2: "a2", B: "b" }),
    consent: "required",
    permissions: "report",
    ...options,
  });
}

test("an optional permission is asked for once, by the entry of the manifest", async () => {
  await withPlugins({ a: OPTIONAL }, async (folder) => {
    const asked: unknown[] = [];
    await using test = hostOf(folder, {
      ask: ({ kind, permissions }) => {
        if (kind === "permission") asked.push(permissions);
        return Promise.resolve({ allow: true, remember: "run" });
      },
    });
    await test.host.load();
    assertEquals(await test.call("a", GETS, "A1", "A2", "A1"), [
      "a1",
      "a2",
      "a1",
    ]);
    assertEquals(asked, [{ env: ["A*"] }]);
    // Without a question, as nobody declared it.
    const [undeclared] = Object(await test.call("a", GETS, "C"));
    assertMatch(undeclared, /its manifest does not declare it/);
    assertEquals(asked.length, 1);
  });
});

test("a no is a denial, is remembered, and nobody is asked again", async () => {
  await withPlugins({ a: OPTIONAL }, async (folder) => {
    let asked = 0;
    await using test = hostOf(folder, {
      ask: ({ kind }) => {
        if (kind === "permission") asked++;
        return Promise.resolve(
          kind === "permission"
            ? { allow: false }
            : { allow: true, remember: "run" },
        );
      },
    });
    await test.host.load();
    for (let count = 0; count < 3; count++) {
      const [denied] = Object(await test.call("a", GETS, "B"));
      assertMatch(
        denied,
        /declares it, but nobody granted it; the host can: host\.grant\("a", \{ env: \["B"\] \}\)$/,
      );
    }
    assertEquals(asked, 1);
  });
});

test("the time limits of a plugin stand still while a person is asked", async () => {
  await withPlugins({
    a: {
      code: `const early = Deno.env.get("A1"); export default { setup() {
        const later = Deno.env.get("A2");
        return { call: async (name) => {
          if (name === undefined) await new Promise(() => {});
          return [early, later, Deno.env.get(name)];
        } };
      } };`,
      manifest: OPTIONAL.manifest,
    },
  }, async (folder) => {
    const clock = createFakeClock();
    const answers: (() => void)[] = [];
    await using test = hostOf(folder, {
      clock,
      timeouts: { load: 1_000, setup: 1_000, ask: 3_600_000 },
      runner: live({ limits: { call: 1_000 } }),
      ask: ({ kind }) => {
        // Longer than every limit of a call into the plugin.
        if (kind === "permission") clock.advance(60_000);
        return Promise.resolve({ allow: true, remember: "run" });
      },
    });
    const { failed } = await test.host.load();
    assertEquals(failed, []);
    assertEquals(await test.call("a", "B"), ["a1", "a2", "b"]);
    assertEquals(answers, []);
    // Then they go on.
    const late = assertRejects(() => test.call("a"), PluginError);
    await test.call("a", "B");
    clock.advance(1_100);
    assertEquals((await late).code, "PLUGIN_LIMIT_EXCEEDED");
  });
});

test("a plugin that waits for a person can be disposed, and its host too", async () => {
  await withPlugins({ a: OPTIONAL }, async (folder) => {
    const asked = Promise.withResolvers<AbortSignal>();
    await using test = hostOf(folder, {
      ask: ({ kind }, { signal }) => {
        if (kind === "consent") {
          return Promise.resolve({ allow: true, remember: "run" });
        }
        asked.resolve(signal);
        return new Promise(() => {});
      },
    });
    await test.host.load();
    const call = test.call("a", GETS, "B").catch((error) => error);
    const signal = await asked.promise;
    assertEquals(signal.aborted, false);
    await test.host.disable("a");
    assert(signal.aborted);
    await call;
    const reasons = test.events()
      .filter(({ action }) => action === "plugin.process.ended")
      .map((event) => Object(event).reason);
    assertEquals(reasons, ["disposed"]);
  });
});

test("calls that arrive while a person is asked wait, however large they are", async () => {
  await withPlugins({ a: OPTIONAL }, async (folder) => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    await using test = hostOf(folder, {
      ask: async ({ kind }) => {
        if (kind === "permission") {
          asked.resolve();
          await answer.promise;
        }
        return { allow: true, remember: "run" };
      },
    });
    await test.host.load();
    const waiting = test.call("a", GETS, "B");
    await asked.promise;
    const large = "x".repeat(1_000_000);
    const calls = Array.from(
      { length: 60 },
      () => test.call("a", "return args[0].length", large),
    );
    answer.resolve();
    assertEquals(await waiting, ["b"]);
    assertEquals(new Set(await Promise.all(calls)), new Set([1_000_000]));
    const ended = test.events().filter(({ action }) =>
      action === "plugin.process.ended"
    );
    assertEquals(ended, []);
  });
});
