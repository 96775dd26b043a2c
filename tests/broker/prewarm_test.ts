/** Gives plugins processes that were started before. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { recordEnvironment } from "@semantik/plugins/environment";
import { withPlugins } from "../host/with_plugins.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";
import { live, liveHost, SOCKETS } from "./live_host.ts";

const notHere = withoutPosix("Unix sockets in Deno");

function test(name: string, body: () => Promise<void>): void {
  testUnless(notHere, name, body);
}

const SOCKET = "DENO_PERMISSION_BROKER_PATH";
const TOP_LEVEL = `
const tried = {};
for (const [name, attempt] of Object.entries({
  passwd: () => Deno.readTextFileSync("/etc/passwd").length,
  env: () => Deno.env.get("OTHER"),
  set: () => Deno.env.set("OTHER", "1"),
  declared: () => Deno.env.get("DECLARED"),
})) {
  try { tried[name] = attempt(); } catch (error) { tried[name] = error.name; }
}
export default { setup: (context) => ({ call: async (code) => code === "tried" ? tried : {
  socket: Deno.env.get("${SOCKET}"), args: Deno.args.length, storage: localStorage.getItem("left") ?? null,
  pid: Deno.pid, log: context.log.info("logged"), stored: localStorage.setItem("left", "x") } }) };`;

test("a plugin in a process that was started before has its own rules from the first line", async () => {
  const manifest = { permissions: { env: ["DECLARED", SOCKET] } };
  await withPlugins({
    a: { code: TOP_LEVEL, manifest },
    b: { code: TOP_LEVEL, manifest },
    c: { code: TOP_LEVEL, manifest },
  }, async (folder) => {
    await using test = liveHost(folder, {
      runner: live({ prewarm: 1 }),
      environment: recordEnvironment({ DECLARED: "yes", OTHER: "secret" }),
      permissions: "report",
    });
    await test.host.load();
    const spare = `${SOCKETS}/+.sock`;
    // They are started in the background: it gets one sooner or later.
    const startUntilSpare = async (id: string) => {
      for (let tries = 0; tries < 100; tries++) {
        await test.host.disable(id);
        await test.host.enable(id);
        const { socket, storage } = Object(await test.call(id));
        if (socket === spare) return { socket, storage };
      }
      return {};
    };
    // Nobody finds what another plugin stored, or it did itself.
    const expected = { socket: spare, storage: null };
    assertEquals(await startUntilSpare("b"), expected);
    assertEquals(await test.call("b", "tried"), {
      passwd: "NotCapable",
      env: "NotCapable",
      set: "NotCapable",
      declared: "yes",
    });
    const denied = test.events().filter(({ action, plugin_id }) =>
      action === "permission.denied" && plugin_id === "b"
    );
    assert(denied.length > 0);
    assert(test.lines.includes("logged"));
    assertEquals(await startUntilSpare("c"), expected);
    assertEquals(await startUntilSpare("b"), expected);
  });
});

test("a plugin that needs more of its start gets a process of its own", async () => {
  await withPlugins({
    a: TOP_LEVEL.replace(
      "export default",
      "export const x = 1; export default",
    ),
  }, async (folder) => {
    await Deno.writeTextFile(`${folder}/a/deno.json`, "{}");
    await using test = liveHost(folder, {
      runner: live({ prewarm: 1 }),
      permissions: "report",
    });
    await test.host.load();
    for (let count = 0; count < 5; count++) {
      await test.host.disable("a");
      await test.host.enable("a");
      assertMatch(
        String(Object(await test.call("a", "tried")).passwd),
        /NotCapable/,
      );
    }
    const { failed } = await test.host.load();
    assertEquals(failed, []);
  });
});
