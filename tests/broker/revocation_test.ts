/** Takes permissions back while plugins run. */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { recordEnvironment } from "@semantik/plugins/environment";
import { withPlugins } from "../host/with_plugins.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";
import { live, liveHost, type Options, RUNS } from "./live_host.ts";

const notHere = withoutPosix("Unix sockets in Deno");

function test(name: string, body: () => Promise<void>): void {
  testUnless(notHere, name, body);
}

type Host = ReturnType<typeof liveHost>;

function actionsOf({ events }: Host): readonly string[] {
  return events().map(({ action }) => action)
    .filter((action) =>
      /^plugin\.process\.|^permission\.(?:revoked|granted)/.test(action)
    );
}

const GETS = "return Deno.env.get(args[0]) ?? null;";
const READS = "return await Deno.readTextFile(args[0]);";

const VARIABLES: Options = {
  environment: recordEnvironment({ A: "a", AB: "ab" }),
  permissions: "report",
};

test("a revoked variable is refused from the next access on, in the same process", async () => {
  await withPlugins({
    a: { code: RUNS, manifest: { permissions: { env: ["A*"] } } },
  }, async (folder) => {
    await using test = liveHost(folder, VARIABLES);
    await test.host.load();
    const pid = await test.call("a", "return Deno.pid");
    assertEquals(await test.call("a", GETS, "A"), "a");
    await test.host.revoke("a", { env: ["A"] });
    assertMatch(
      String(await test.call("a", GETS, "A")),
      /^NotCapable: Plugin "a" has no permission env to "A": it was revoked; the host can grant it again: host\.grant\("a", \{ env: \["A"\] \}\)$/,
    );
    assertEquals(await test.call("a", GETS, "AB"), "ab");
    await test.host.grant("a", { env: ["A"] });
    assertEquals(await test.call("a", GETS, "A"), "a");
    assertEquals(await test.call("a", "return Deno.pid"), pid);
    assertEquals(actionsOf(test), [
      "plugin.process.started",
      "permission.revoked",
      "permission.granted",
    ]);
  });
});

test("a plugin that may hold a revoked file is restarted, and the trail says so", async () => {
  await withPlugins({
    a: {
      code: `let file; ${
        RUNS.replace('"args",', '"args", "hold",').replace(
          "run(context, args)",
          "run(context, args, (one) => file = one)",
        )
      }`,
      manifest: { permissions: { read: ["../in", "../other"] } },
    },
  }, async (folder) => {
    await Deno.mkdir(`${folder}/in`);
    await Deno.mkdir(`${folder}/other`);
    await Deno.writeTextFile(`${folder}/in/file`, "in");
    await Deno.writeTextFile(`${folder}/other/file`, "other");
    await using test = liveHost(folder);
    await test.host.load();
    const pid = () => test.call("a", "return Deno.pid");
    const first = await pid();
    // Not used yet: nothing can be open.
    await test.host.revoke("a", { read: [`${folder}/in`] });
    assertEquals(await pid(), first);
    await test.host.grant("a", { read: [`${folder}/in`] });
    assertEquals(await test.call("a", READS, `${folder}/in/file`), "in");
    const held = await test.call(
      "a",
      "const f = await Deno.open(args[0]); hold(f); return f.statSync().size",
      `${folder}/in/file`,
    );
    assertEquals(held, 2);
    await test.host.revoke("a", { read: [`${folder}/in`] });
    assert(await pid() !== first);
    assertMatch(
      String(await test.call("a", READS, `${folder}/in/file`)),
      /^NotCapable: /,
    );
    assertEquals(await test.call("a", READS, `${folder}/other/file`), "other");
    assertEquals(actionsOf(test), [
      "plugin.process.started",
      "permission.revoked",
      "permission.granted",
      "plugin.process.ended",
      "plugin.process.restarted",
      "permission.revoked",
    ]);
    // A restart for a revocation is no crash.
    assertEquals(test.host.get("a", "thing") === undefined, false);
  });
});

test("a call under way ends when its process is restarted for a revocation", async () => {
  await withPlugins({
    a: { code: RUNS, manifest: { permissions: { read: ["../in"] } } },
  }, async (folder) => {
    await Deno.mkdir(`${folder}/in`);
    await using test = liveHost(folder);
    await test.host.load();
    await test.call("a", "Deno.statSync(args[0])", `${folder}/in`);
    const waiting = assertRejects(
      () => test.call("a", "await new Promise(() => {})"),
      PluginError,
      "its permissions changed",
    );
    await test.host.revoke("a", { read: true });
    assertEquals((await waiting).code, "PLUGIN_PERMISSION_REVOKED");
    assertEquals(await test.call("a", "return 1"), 1);
  });
});

test("a kill switch for all plugins holds in each process", async () => {
  const net = { permissions: { net: ["127.0.0.1"] } };
  await withPlugins({
    a: { code: RUNS, manifest: net },
    b: { code: RUNS, manifest: net },
  }, async (folder) => {
    await using test = liveHost(folder);
    await test.host.load();
    const connect =
      "try { (await Deno.connect({ hostname: '127.0.0.1', port: 9 })).close() } catch (error) { return error.name }";
    const both = () =>
      Promise.all([test.call("a", connect), test.call("b", connect)]);
    assertEquals(await both(), ["ConnectionRefused", "ConnectionRefused"]);
    await test.host.revoke("*", { net: true });
    assertEquals(await both(), ["NotCapable", "NotCapable"]);
    await test.host.grant("*", { net: true });
    assertEquals(await both(), ["ConnectionRefused", "ConnectionRefused"]);
  });
});

test("by flags, a revocation starts the process again with flags that deny", async () => {
  await withPlugins({
    a: {
      code: RUNS,
      manifest: { permissions: { read: ["../in"], env: ["A*"] } },
    },
  }, async (folder) => {
    await Deno.mkdir(`${folder}/in/secret`, { recursive: true });
    await Deno.writeTextFile(`${folder}/in/file`, "in");
    await Deno.writeTextFile(`${folder}/in/secret/file`, "secret");
    await using test = liveHost(folder, {
      ...VARIABLES,
      runner: live({ mode: "flags" }),
    });
    await test.host.load();
    const read = (path: string) =>
      test.call("a", READS, `${folder}/in/${path}`);
    assertEquals(await read("secret/file"), "secret");
    await test.host.revoke("a", { read: [`${folder}/in/secret`], env: ["AB"] });
    assertMatch(String(await read("secret/file")), /^NotCapable/);
    assertEquals(await read("file"), "in");
    assertEquals(await test.call("a", GETS, "A"), "a");
    assertMatch(String(await test.call("a", GETS, "AB")), /^NotCapable/);
    await test.host.grant("a", { read: [`${folder}/in/secret`] });
    assertEquals(await read("secret/file"), "secret");
    assertEquals(
      actionsOf(test).filter((action) => action === "plugin.process.restarted")
        .length,
      2,
    );
  });
});
