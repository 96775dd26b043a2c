/** Plugins that try to outlive, to hang or to end their host. */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  contract,
  PluginError,
  PluginHost,
  type PluginHostOptions,
} from "@semantik/plugins";
import { recordEnvironment } from "@semantik/plugins/environment";
import { subprocess } from "@semantik/plugins/subprocess";
import { collectAudit } from "@semantik/plugins/testing";
import { type PluginFiles, withPlugins } from "../../host/with_plugins.ts";

interface Thing {
  call(...args: readonly unknown[]): Promise<unknown>;
}

const CONTRACTS = { thing: contract<Thing>("call") };

type Options = Partial<PluginHostOptions<typeof CONTRACTS>>;

/** Calls a test with a host of one plugin, and with its trail. */
async function withHost(
  plugin: PluginFiles,
  options: Options,
  body: (
    host: PluginHost<typeof CONTRACTS>,
    audit: ReturnType<typeof collectAudit>,
    folder: string,
  ) => Promise<void>,
): Promise<void> {
  await withPlugins({ a: plugin }, async (folder) => {
    const audit = collectAudit();
    await using host = new PluginHost({
      name: "test",
      version: "1.0.0",
      sources: [folder],
      runner: subprocess(),
      contracts: CONTRACTS,
      switches: false,
      log: () => {},
      audit,
      ...options,
    });
    await body(host, audit, folder);
  });
}

/** Counts the processes that were started less those that ended. */
function running({ events }: ReturnType<typeof collectAudit>): number {
  const count = (action: RegExp) =>
    events.filter((event) => action.test(event.action)).length;
  return count(/^plugin\.process\.(?:re)?started$/) -
    count(/^plugin\.process\.ended$/);
}

function apiOf(host: PluginHost<typeof CONTRACTS>): Thing {
  const api = host.get("a", "thing");
  assert(api !== undefined);
  return api;
}

Deno.test("a plugin whose configuration is invalid leaves no process, at load, enable or reload", async () => {
  const code = (issues: string) => `
    export default {
      configSchema: { "~standard": { version: 1, vendor: "test",
        validate: (value) => ({ ${issues} }) } },
      setup: () => ({ call: () => 1 }),
    };`;
  const invalid = code('issues: [{ message: "never valid" }]');
  await withHost(invalid, {}, async (host, audit, folder) => {
    const { failed } = await host.load();
    assertEquals(failed.map((one) => one.code), ["PLUGIN_CONFIG_INVALID"]);
    assertEquals(running(audit), 0);
    await assertRejects(() => host.enable("a"), PluginError, "never valid");
    assertEquals(running(audit), 0);
    await Deno.writeTextFile(`${folder}/a/mod.ts`, code("value"));
    await host.enable("a");
    await Deno.writeTextFile(`${folder}/a/mod.ts`, invalid);
    await assertRejects(() => host.reload("a"), PluginError, "never valid");
    assertEquals(running(audit), 1);
    assertEquals(await apiOf(host).call(), 1);
  });
});

Deno.test("a plugin that is disabled while its process starts again never runs the call", async () => {
  await withPlugins({}, async (ready) => {
    const plugin = {
      // The second start takes long.
      code: `
        const ready = ${JSON.stringify(ready)};
        try {
          Deno.statSync(ready + "/called");
          Deno.writeTextFileSync(ready + "/starting", "");
          await new Promise((resolve) => setTimeout(resolve, 60_000));
        } catch { /* The first start. */ }
        export default { setup: () => ({ call() {
          Deno.writeTextFileSync(ready + "/called", "");
          Deno.exit(3);
        } }) };`,
      manifest: { permissions: { read: [ready], write: [ready] } },
    };
    await withHost(plugin, {}, async (host, audit) => {
      await host.load();
      const api = apiOf(host);
      await assertRejects(() => api.call(), PluginError, "exit code 3");
      const waiting = assertRejects(() => api.call(), PluginError);
      const watcher = Deno.watchFs(ready);
      for await (const { paths } of watcher) {
        if (paths.some((path) => path.endsWith("starting"))) break;
      }
      await host.disable("a");
      assertEquals((await waiting).code, "PLUGIN_NOT_LIVE");
      assertEquals(running(audit), 0);
    });
  });
});

Deno.test("a plugin that reads nothing any more does not end the host when it is disabled", async () => {
  const code = "export default { setup: () => ({ call() { for (;;); } }) };";
  const runner = subprocess({ limits: { message: 1 } });
  await withHost(code, { runner }, async (host, audit) => {
    await host.load();
    const api = apiOf(host);
    const calls = Array.from(
      { length: 12 },
      () => assertRejects(() => api.call(new Uint8Array(1_000_000))),
    );
    await host.disable("a");
    await Promise.all(calls);
    assertEquals(running(audit), 0);
  });
});

Deno.test("a plugin that hangs is killed though the host goes on calling it", async () => {
  const code = "export default { setup: () => ({ call() { for (;;); } }) };";
  const runner = subprocess({ limits: { call: 300, calls: 2 } });
  await withHost(code, { runner }, async (host, audit) => {
    await host.load();
    const api = apiOf(host);
    const ended = Promise.withResolvers<void>();
    host.events.addEventListener("process", ({ detail }) => {
      if (detail.step === "ended") ended.resolve();
    });
    // More calls wait than may be under way, at each moment.
    const timer = setInterval(() => {
      for (let count = 0; count < 4; count++) api.call().catch(() => {});
    }, 50);
    await ended.promise;
    clearInterval(timer);
    const [event] = audit.events.filter(({ action }) =>
      action === "plugin.process.ended"
    );
    assertEquals(event?.reason, "killed");
    await host.disable("a");
  });
});

Deno.test("a plugin that hangs between calls is killed by a health check, one that is slow is not", async () => {
  const code = `
    export default {
      healthCheck: () => new Promise(() => {}),
      setup: () => ({ call(hang) {
        if (hang) setTimeout(() => { for (;;); });
        return Deno.pid;
      } }),
    };`;
  const timeouts = { health: 100 };
  await withHost(code, { timeouts }, async (host, audit) => {
    await host.load();
    const api = apiOf(host);
    const first = await api.call(false);
    const [, slow] = [await host.health(), await api.call(false)];
    assertEquals(slow, first);
    const ended = Promise.withResolvers<void>();
    host.events.addEventListener("process", ({ detail }) => {
      if (detail.step === "ended") ended.resolve();
    });
    await api.call(true);
    const health = await host.health();
    assertEquals(health.get("a")?.status, "unhealthy");
    await ended.promise;
    assertEquals(running(audit), 0);
    assert(await api.call(false) !== first);
  });
});

Deno.test("a function that a plugin returned is bounded as its methods are", async () => {
  const code = `export default { setup: () => ({
    call: (blocks) => async () => {
      if (blocks) for (;;);
      await new Promise(() => {});
    },
  }) };`;
  const runner = subprocess({ limits: { call: 300 } });
  await withHost(code, { runner }, async (host, audit) => {
    await host.load();
    const ended = Promise.withResolvers<void>();
    host.events.addEventListener("process", ({ detail }) => {
      if (detail.step === "ended") ended.resolve();
    });
    for (const blocks of [false, true]) {
      const returned = await apiOf(host).call(blocks);
      assert(typeof returned === "function");
      const error = await assertRejects(() => returned(), PluginError);
      assertEquals(error.code, "PLUGIN_LIMIT_EXCEEDED");
    }
    // The first of them did not end when it was aborted.
    await ended.promise;
    const ends = audit.events.filter(({ action }) =>
      action === "plugin.process.ended"
    );
    assertEquals(ends[0]?.reason, "killed");
  });
});

Deno.test("a process that ended is reported at once, however much it wrote before", async () => {
  const code = `export default { setup: ({ log }) => ({ call() {
    for (let count = 0; count < 2_000; count++) log.info("x");
    Deno.exit(3);
  } }) };`;
  const runner = subprocess({ limits: { messages: 5 } });
  await withHost(code, { runner }, async (host, audit) => {
    await host.load();
    // At five messages a second, reading all of it takes minutes.
    await assertRejects(() => apiOf(host).call(), PluginError, "exit code 3");
    assertEquals(running(audit), 0);
  });
});

Deno.test("an exit code that means a limit is one only if that limit is in force", async () => {
  const code =
    "export default { setup: () => ({ call: () => Deno.exit(152) }) };";
  await withHost(code, {}, async (host) => {
    await host.load();
    const error = await assertRejects(() => apiOf(host).call(), PluginError);
    assertEquals(error.code, "PLUGIN_CRASHED");
    assertMatch(error.message, /exit code 152/);
  });
});

Deno.test("no part of a secret shows where a line or the last words of a plugin are cut", async () => {
  const secret = "Zq8vK2mXw5Rt9LpYc3Nf7Hb1Jd6Gs4Aa";
  const plugin = {
    code: `export default { setup: ({ env }) => ({ call(before, after) {
      const text = "x".repeat(before) + env.MY_SECRET_KEY + "y".repeat(after);
      const bytes = new TextEncoder().encode(text);
      const { stdout, stderr } = Deno;
      for (const output of [stdout, stderr]) {
        output.writeSync(bytes.subarray(0, 16_384));
        output.writeSync(bytes.subarray(16_384));
        output.writeSync(new TextEncoder().encode("\\nthe end\\n"));
      }
      Deno.exit(3);
    } }) };`,
    manifest: { permissions: { env: ["MY_SECRET_KEY"] } },
  };
  const shown: string[] = [];
  await withHost(plugin, {
    environment: recordEnvironment({ MY_SECRET_KEY: secret }),
    log: (_id, _level, message) => shown.push(message),
  }, async (host, audit) => {
    await host.load();
    const api = apiOf(host);
    for (const [before, after] of [[16_370, 20], [100, 1_980], [0, 1_970]]) {
      await assertRejects(() => api.call(before, after), PluginError, "exit");
    }
    shown.push(...audit.events.map((event) => JSON.stringify(event)));
    for (let start = 0; start + 8 <= secret.length; start++) {
      const part = secret.slice(start, start + 8);
      assertEquals(shown.filter((text) => text.includes(part)), [], part);
    }
    assert(shown.some((text) => text.includes("the rest of the line")));
    assert(shown.filter((text) => text.includes("the end")).length >= 6);
  });
});

Deno.test("a plugin that floods standard error is read slowly, and its last words are not lost", async () => {
  const code = `export default { setup: () => ({ call(blocks) {
    const lines = new Uint8Array(65_536).fill(10);
    for (let count = 0; count < blocks; count++) Deno.stderr.writeSync(lines);
    console.error("the last word");
    Deno.exit(3);
  } }) };`;
  let read = 0;
  const log = (_id: string, _level: string, line: string) => {
    read += Number(/… (\d+) more lines/.exec(line)?.[1] ?? 1);
  };
  const runner = subprocess({ limits: { call: 300, messages: 1_000 } });
  await withHost(code, { runner, log }, async (host) => {
    await host.load();
    const api = apiOf(host);
    await assertRejects(() => api.call(1_000), PluginError, "did not settle");
    await host.disable("a");
    assert(read < 1_000_000, `${read}`);
  });
  await withHost(code, { log }, async (host, audit) => {
    await host.load();
    await assertRejects(() => apiOf(host).call(3), PluginError, "exit code 3");
    const ended = audit.events.find(({ action }) =>
      action === "plugin.process.ended"
    );
    assertMatch(JSON.stringify(ended), /the last word/);
  });
});
