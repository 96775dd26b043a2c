/** Connects what is no honest Deno to the socket of a host. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import type { SubprocessCommand } from "@semantik/plugins/subprocess";
import { runFixture } from "../host/run_fixture.ts";
import { withPlugins } from "../host/with_plugins.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";
import { live, liveHost, type Options, RUNS, SOCKETS } from "./live_host.ts";

const notHere = withoutPosix("Unix sockets in Deno");

function test(name: string, body: () => Promise<void>): void {
  testUnless(notHere, name, body);
}

const IMPOSTOR = new URL("impostor.ts", import.meta.url).href;
const WITHOUT_BROKER = "DENO_PERMISSION_BROKER_PATH";

/** Has the process of a plugin send some text to the socket, and nothing else. */
function impostor(text: string, times = 1) {
  return ({ program, env }: SubprocessCommand): SubprocessCommand => {
    const { [WITHOUT_BROKER]: socket = "", ...others } = env;
    const args = [
      "run",
      "-A",
      "--no-config",
      IMPOSTOR,
      socket,
      text,
      `${times}`,
    ];
    return { program, args, env: others };
  };
}

async function failureOf(folder: string, options: Options) {
  await using test = liveHost(folder, options);
  const { failed, loaded } = await test.host.load();
  assertEquals(loaded, []);
  const ended = test.events().find(({ action }) =>
    action === "plugin.process.ended"
  );
  return { failure: failed[0], reason: Object(ended).reason };
}

function request(changes: object): string {
  const valid = { v: 1, pid: 1, id: 1, permission: "env", value: "A" };
  return `${JSON.stringify({ ...valid, ...changes })}\n`;
}

test("a fault on the socket ends the process, and not the host", async () => {
  await withPlugins({ a: RUNS }, async (folder) => {
    const texts: readonly (readonly [text: string, times?: number])[] = [
      ["GET / HTTP/1.1\r\n\r\n"],
      [request({ id: "1" })],
      [request({}) + request({})],
      [request({ pid: 1 }) + request({ pid: 2 })],
      ["x", 1_100_000],
    ];
    for (const [text, times] of texts) {
      const { failure, reason } = await failureOf(folder, {
        runner: live({ wrap: impostor(text, times) }),
      });
      assertEquals(failure?.code, "PLUGIN_PROTOCOL_BROKEN", text);
      assertEquals(reason, "broker");
    }
  });
});

test("another version of the protocol is refused, and flags mode is named", async () => {
  await withPlugins({ a: RUNS }, async (folder) => {
    const { failure } = await failureOf(folder, {
      runner: live({ wrap: impostor(request({ v: 2 })) }),
    });
    assertEquals(failure?.code, "PLUGIN_RUNNER_UNAVAILABLE");
    assertMatch(
      failure?.problems[0]?.message ?? "",
      /another version of the protocol/,
    );
    assertMatch(failure?.problems[0]?.remedy ?? "", /mode: "flags"/);
  });
});

test("a Deno that does not ask its host runs no plugin", async () => {
  const code = `await Deno.writeTextFile("never", ""); ${RUNS}`;
  await withPlugins({ a: code }, async (folder) => {
    const { failure } = await failureOf(folder, {
      runner: live({
        wrap: ({ program, args, env }) => {
          const { [WITHOUT_BROKER]: _, ...others } = env;
          return { program, args, env: others };
        },
      }),
    });
    assertEquals(failure?.code, "PLUGIN_RUNNER_UNAVAILABLE");
    assertMatch(failure?.problems[0]?.message ?? "", /does not ask its host/);
    assertMatch(failure?.problems[0]?.remedy ?? "", /mode: "flags"/);
  });
});

test("a process that gets no socket is refused, and flags mode is named", async () => {
  await withPlugins({ a: RUNS }, async (folder) => {
    const { failure, reason } = await failureOf(folder, {
      runner: live({
        wrap: ({ program, args, env }) => ({
          program,
          args,
          env: { ...env, [WITHOUT_BROKER]: "/nowhere" },
        }),
      }),
    });
    assertEquals(reason, "broker");
    assertEquals(failure?.code, "PLUGIN_RUNNER_UNAVAILABLE");
    assertMatch(failure?.problems[0]?.remedy ?? "", /mode: "flags"/);
  });
});

test("a directory of sockets that others can use is refused", async () => {
  await withPlugins({ a: RUNS }, async (folder) => {
    const open = `${folder}/open`;
    await Deno.mkdir(open);
    await Deno.chmod(open, 0o755);
    await Deno.writeTextFile(`${folder}/file`, "");
    for (const sockets of [open, `${folder}/file`, `${folder}/none/none`]) {
      const { failure } = await failureOf(folder, {
        runner: live({ sockets }),
        permissions: "report",
      });
      assertEquals(failure?.code, "PLUGIN_RUNNER_UNAVAILABLE");
      assertMatch(failure?.problems[0]?.message ?? "", /cannot listen at/);
      assertMatch(failure?.problems[0]?.remedy ?? "", /option sockets/);
    }
  });
});

test("a host that may not listen at a socket is told its own flags", async () => {
  await withPlugins({ a: RUNS }, async (folder) => {
    const sockets = `${folder}/mine`;
    const { failure } = await failureOf(folder, {
      runner: live({ sockets }),
      permissions: "report",
    });
    assertEquals(failure?.code, "PLUGIN_RUNNER_UNAVAILABLE");
    const { message, remedy } = failure?.problems[0] ?? {};
    assertMatch(message ?? "", /cannot listen at/);
    assertEquals(
      remedy,
      `Start the host with --allow-net=unix:${sockets}/a.sock ` +
        `--allow-read=${sockets} --allow-write=${sockets}`,
    );
  });
});

test("a path that is too long for a socket is refused before anything starts", async () => {
  await withPlugins({ a: RUNS }, async (folder) => {
    await using test = liveHost(folder, {
      runner: live({ sockets: `/tmp/${"x".repeat(110)}` }),
    });
    const [decision] = await test.host.plan();
    assert(decision?.kind === "refuse");
    assertEquals(decision.problems[0]?.code, "PLUGIN_RUNNER_UNAVAILABLE");
    assertMatch(
      decision.problems[0]?.message ?? "",
      /has 122 bytes, and the system allows 10/,
    );
  });
});

test("a socket that a killed host left is replaced", async () => {
  await withPlugins({ d: RUNS }, async (folder) => {
    await using before = liveHost(folder);
    await before.host.load();
    const left = `${SOCKETS}/d.sock`;
    await Deno.writeTextFile(left, "");
    await using test = liveHost(folder);
    const { loaded } = await test.host.load();
    assertEquals(loaded.length, 1);
    assertEquals(await test.call("d", "return 1"), 1);
  });
});

Deno.test("invalid options of live mode throw", () => {
  for (const sockets of ["relative", ""]) {
    try {
      live({ sockets });
      assert(false);
    } catch (thrown) {
      assert(thrown instanceof PluginError);
      assertEquals(thrown.code, "PLUGIN_OPTION_INVALID");
    }
  }
});

test("a host needs the flags that its report names for live mode, and no others", async () => {
  await withPlugins({
    a: { code: RUNS, manifest: { permissions: { read: ["../in"] } } },
  }, async (folder) => {
    const sockets = `${folder}/sockets`;
    const args = [sockets, "return 1", `${folder}/a`];
    const started = await runFixture("live.ts", {
      args: ["flags", ...args],
      flags: ["--allow-read"],
    });
    assertEquals(started.code, 0, started.stderr);
    const flags: readonly string[] = JSON.parse(started.stdout);
    assertEquals(flags, [
      `--allow-net=unix:${sockets}/a.sock`,
      `--allow-read=${folder}/a,${folder}/in,${sockets}`,
      `--allow-run=${Deno.execPath()}`,
      `--allow-write=${sockets}`,
      "--no-prompt",
    ]);
    const called = await runFixture("live.ts", {
      args: ["call", ...args],
      flags,
    });
    assertEquals(called.code, 0, called.stderr);
    const nothing = { refused: [], failed: [] };
    assertEquals(JSON.parse(called.stdout), { said: [1], ...nothing });
  });
});
