/** Reads what the trail and the report say about the accesses of plugins. */

import { assert, assertEquals } from "@std/assert";
import { recordEnvironment } from "@semantik/plugins/environment";
import { withPlugins } from "../host/with_plugins.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";
import { live, liveHost, RUNS } from "./live_host.ts";

const notHere = withoutPosix("Unix sockets in Deno");

function test(name: string, body: () => Promise<void>): void {
  testUnless(notHere, name, body);
}

type Host = ReturnType<typeof liveHost>;

/** The recorded accesses, without the files that an import reads. */
function accesses({ events }: Host) {
  return events().filter(({ action }) => action.startsWith("permission."))
    .map(({ action, kind, value, declared, count }) => ({
      action,
      kind,
      value,
      declared,
      count,
    }));
}

const TRIES = `
  for (const name of args) { try { Deno.env.get(name); } catch { /* denied */ } }`;

test("a denied access is recorded with its kind, value, and whether it is declared", async () => {
  await withPlugins({
    a: {
      code: RUNS,
      manifest: {
        permissions: { env: ["A"] },
        optionalPermissions: { env: ["B"] },
      },
    },
  }, async (folder) => {
    await using test = liveHost(folder, {
      environment: recordEnvironment({ A: "a", B: "b" }),
      permissions: "report",
    });
    await test.host.load();
    await test.call("a", TRIES, "A", "B", "C\n");
    const action = "permission.denied";
    assertEquals(accesses(test), [
      { action, kind: "env", value: "B", declared: true, count: 1 },
      { action, kind: "env", value: "C\n", declared: false, count: 1 },
    ]);
    assertEquals(
      test.events().find((one) => one.action === action)?.level,
      "warn",
    );
  });
});

test("10,000 denied accesses in a loop are at most 20 lines, and none is lost", async () => {
  const loop = `for (let count = 0; count < 10_000; count++) {
    try {
      if (count % 2 === 0) Deno.env.get("SAME");
      else Deno.readTextFileSync("/nowhere/" + count);
    } catch { /* denied */ }
  }`;
  await withPlugins({ a: RUNS }, async (folder) => {
    // A busy machine needs its time.
    await using test = liveHost(folder, {
      runner: live({ limits: { call: 300_000 } }),
    });
    await test.host.load();
    await test.call("a", loop);
    await test.host[Symbol.asyncDispose]();
    const denied = accesses(test);
    assert(denied.length <= 20, `${denied.length} lines`);
    assertEquals(
      denied.reduce((sum, { count }) => sum + Number(count), 0),
      10_000,
    );
    // The last lines are the sums, written when the process ended.
    assertEquals(denied.at(-1)?.value, "SAME");
    assertEquals(denied.at(-2)?.value, undefined);
  });
});

test("allowed accesses are recorded on request, all of them or a part", async () => {
  await withPlugins({
    a: { code: RUNS, manifest: { permissions: { env: ["A"] } } },
  }, async (folder) => {
    const countOf = async (recordAllowed: number | undefined) => {
      await using test = liveHost(folder, {
        runner: live(recordAllowed === undefined ? {} : { recordAllowed }),
        environment: recordEnvironment({ A: "a" }),
        permissions: "report",
      });
      await test.host.load();
      await test.call("a", TRIES, ...Array(1_000).fill("A"));
      return accesses(test).filter(({ action }) =>
        action === "permission.allowed"
      )
        .reduce((sum, { kind }) => sum + (kind === "env" ? 1 : 0), 0);
    };
    assertEquals(await countOf(undefined), 0);
    assertEquals(await countOf(1), 1_000);
    assertEquals(await countOf(0.01), 10);
  });
});

test("the permission report says which permissions a plugin used so far", async () => {
  await withPlugins({
    a: {
      code: RUNS,
      manifest: {
        permissions: {
          env: ["A", "B_*"],
          read: ["../in"],
          run: ["true", "false"],
        },
      },
    },
  }, async (folder) => {
    await Deno.mkdir(`${folder}/in`);
    await using test = liveHost(folder, {
      environment: recordEnvironment({ A: "a", PATH: "/usr/bin:/bin" }),
      permissions: "report",
      recordUnused: true,
    });
    const usesOf = async () => {
      const { plugins } = await test.host.permissionReport();
      return plugins.map(({ used, unused }) => ({ used, unused }));
    };
    assertEquals(await usesOf(), [{ used: undefined, unused: undefined }]);
    await test.host.load();
    assertEquals(await usesOf(), [{
      used: {},
      unused: {
        env: ["A", "B_*"],
        read: [`${folder}/in`],
        run: ["false", "true"],
      },
    }]);
    await test.call("a", TRIES, "A", "UNDECLARED");
    await test.call(
      "a",
      "Deno.statSync(args[0]); await new Deno.Command('/bin/true').output()",
      `${folder}/in`,
    );
    assertEquals(await usesOf(), [{
      used: { env: ["A"], read: [`${folder}/in`], run: ["true"] },
      unused: { env: ["B_*"], run: ["false"] },
    }]);
    await test.host.disable("a");
    assertEquals(
      test.events().filter(({ action }) =>
        action === "plugin.permissions.unused"
      ).map(({ permissions }) => permissions),
      [['env to "B_*"', 'run to "false"']],
    );
  });
});

test("nobody knows what a plugin used that is held by flags", async () => {
  await withPlugins({ a: RUNS }, async (folder) => {
    await using test = liveHost(folder, { runner: live({ mode: "flags" }) });
    await test.host.load();
    const { plugins } = await test.host.permissionReport();
    assertEquals(plugins.map((one) => "used" in one || "unused" in one), [
      false,
    ]);
  });
});
