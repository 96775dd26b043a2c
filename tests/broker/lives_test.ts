/** Follows plugins in live mode from start to end. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { recordEnvironment } from "@semantik/plugins/environment";
import { withPlugins } from "../host/with_plugins.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";
import { live, liveHost, RUNS, SOCKETS } from "./live_host.ts";

const notHere = withoutPosix("Unix sockets in Deno");

function test(name: string, body: () => Promise<void>): void {
  testUnless(notHere, name, body);
}

test("a plugin in live mode is started again after a crash, and reloaded from new files", async () => {
  await withPlugins({ a: RUNS }, async (folder) => {
    await using test = liveHost(folder);
    await test.host.load();
    await test.call("a", "Deno.exit(3)").catch(() => {});
    assertMatch(
      String(
        await test.call("a", "return Deno.readTextFileSync('/etc/passwd')"),
      ),
      /^NotCapable: Plugin "a"/,
    );
    const manifest = JSON.parse(
      await Deno.readTextFile(`${folder}/a/plugin.json`),
    );
    await Deno.writeTextFile(
      `${folder}/a/plugin.json`,
      JSON.stringify({
        ...manifest,
        version: "2.0.0",
        permissions: { sys: ["osRelease"] },
      }),
    );
    assertMatch(
      String(await test.call("a", "return Deno.osRelease()")),
      /^NotCapable/,
    );
    await test.host.reload("a");
    const release = String(await test.call("a", "return Deno.osRelease()"));
    assert(!release.startsWith("NotCapable"), release);
  });
});

test("hosts that start the same plugin at once take turns with its socket", async () => {
  await withPlugins({ c: RUNS }, async (folder) => {
    const hosts = Array.from({ length: 4 }, () => liveHost(folder));
    try {
      await Promise.all(hosts.map(({ host }) => host.load()));
      const said = await Promise.all(
        hosts.map(({ call }) => call("c", "return 1")),
      );
      assertEquals(said, [1, 1, 1, 1]);
    } finally {
      for (const one of hosts) await one[Symbol.asyncDispose]();
    }
  });
});

test("a process gets so many answers in a second as its limit says", async () => {
  await withPlugins({ a: RUNS }, async (folder) => {
    await using test = liveHost(folder, {
      runner: live({ limits: { checks: 50 } }),
    });
    await test.host.load();
    const milliseconds = await test.call(
      "a",
      `const start = performance.now();
       for (let count = 0; count < 100; count++) {
         try { Deno.env.get("NAME") } catch { /* denied */ }
       }
       return performance.now() - start`,
    );
    // 50 at once, and the others when their time has come.
    assert(Number(milliseconds) > 900, `${milliseconds} ms`);
  });
});

test("a Deno that a plugin starts has no rules of the plugin, and no host to ask", async () => {
  const deno = Deno.execPath();
  await withPlugins({
    a: { code: RUNS, manifest: { permissions: { run: [deno] } } },
  }, async (folder) => {
    await using test = liveHost(folder, {
      environment: recordEnvironment({ HOME: folder }),
      permissions: "report",
    });
    await test.host.load();
    const child = `const { code } = await new Deno.Command(args[0], {
      args: ["eval", "--no-config", "Deno.exit(5)"], ...args[1],
    }).output(); return code;`;
    // It looks for the socket of the plugin, where nobody listens.
    assertEquals(await test.call("a", child, deno, {}), 87);
    // What may start programs may do everything.
    assertEquals(await test.call("a", child, deno, { clearEnv: true }), 5);
    assertEquals(await test.call("a", "return 1"), 1);
  });
});

test("nothing is left of the sockets of a host, and its processes end with it", async () => {
  await withPlugins({ e: RUNS }, async (folder) => {
    const test = liveHost(folder, { runner: live({ prewarm: 1 }) });
    await test.host.load();
    await test.call("e", "return 1");
    await test.host[Symbol.asyncDispose]();
    // No other test has this id: each socket takes one connection, and is gone.
    const names = Array.from(Deno.readDirSync(SOCKETS), ({ name }) => name);
    assertEquals(names.includes("e.sock"), false);
    const ended = test.events().filter(({ action }) =>
      action === "plugin.process.ended"
    );
    assertEquals(ended.map((one) => Object(one).reason), ["disposed"]);
  });
});
