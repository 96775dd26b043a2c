/** Runs plugins that ask their host about each access. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { recordEnvironment } from "@semantik/plugins/environment";
import { makeSymlink } from "../make_symlink.ts";
import { runFixture } from "../host/run_fixture.ts";
import { hasBubblewrap } from "../scorecard/has_bubblewrap.ts";
import { withPlugins } from "../host/with_plugins.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";
import { live, liveHost, RUNS, SOCKETS } from "./live_host.ts";

const notHere = withoutPosix("Unix sockets in Deno");

function test(name: string, body: () => Promise<void>): void {
  testUnless(notHere, name, body);
}

const READS = "return await Deno.readTextFile(args[0]);";

test("a plugin in live mode has what its manifest declares, and no more", async () => {
  const attempts = `
    const attempts = {
      own: () => Deno.readTextFileSync(new URL("mod.ts", args[0])).length > 0,
      declared: () => Deno.env.get("DECLARED"),
      undeclared: () => Deno.env.get("UNDECLARED"),
      all: () => Object.keys(Deno.env.toObject()),
      passwd: () => Deno.readTextFileSync("/etc/passwd").length,
      write: () => Deno.writeTextFileSync("/tmp/semantik_never", ""),
      run: () => new Deno.Command("/bin/true").outputSync().code,
      kill: () => Deno.kill(Deno.ppid, "SIGTERM"),
      net: () => Deno.connect({ hostname: "127.0.0.1", port: 9 }),
      sys: () => Deno.hostname(),
      ffi: () => Deno.dlopen("/lib/libc.so", {}),
      text: () => import("data:text/javascript,import t from 'file:///etc/passwd' with { type: 'text' }; export default t"),
      query: () => Deno.permissions.querySync({ name: "env", variable: "DECLARED" }).state,
    };
    const results = {};
    for (const [name, attempt] of Object.entries(attempts)) {
      try { results[name] = await attempt(); } catch (error) { results[name] = error.name; }
    }
    return results;`;
  await withPlugins({
    a: { code: RUNS, manifest: { permissions: { env: ["DECLARED"] } } },
  }, async (folder) => {
    await using test = liveHost(folder, {
      environment: recordEnvironment({ DECLARED: "yes", UNDECLARED: "no" }),
    });
    assertEquals((await test.host.load()).loaded.length, 1);
    const base = new URL(`file://${folder}/a/`).href;
    assertEquals(await test.call("a", attempts, base), {
      own: true,
      declared: "yes",
      undeclared: "NotCapable",
      all: "NotCapable",
      passwd: "NotCapable",
      write: "NotCapable",
      run: "NotCapable",
      kill: "NotCapable",
      net: "NotCapable",
      sys: "NotCapable",
      ffi: "NotCapable",
      text: "TypeError",
      query: "granted",
    });
    const [started] = test.events();
    assertEquals(started?.action, "plugin.process.started");
    const { limits } = Object(started);
    assertEquals(Object(limits).checks_per_s, 10_000);
    // Deno's warning about its experimental feature is no line of the plugin.
    assertEquals(test.lines, []);
  });
});

test("a denial in live mode names the plugin, the line of the manifest and the remedy", async () => {
  await withPlugins({ a: RUNS }, async (folder) => {
    await using test = liveHost(folder);
    await test.host.load();
    assertEquals(
      await test.call("a", READS, "/etc/pass\u202ewd\n"),
      'NotCapable: Plugin "a" has no permission read to "/etc/pass\\u202ewd\\n": ' +
        "its manifest does not declare it; add " +
        '"read": ["/etc/pass\\u202ewd\\n"] to "permissions" in its plugin.json',
    );
    const long = await test.call("a", READS, `/${"x".repeat(100_000)}`);
    assertMatch(String(long), /NotCapable: .*the value is too long$/);
    assert(String(long).length < 500);
  });
});

test("no spelling of a path gets a plugin out of what it declares", async () => {
  await withPlugins({
    a: { code: RUNS, manifest: { permissions: { read: ["../in"] } } },
  }, async (folder) => {
    await Deno.mkdir(`${folder}/in/deep`, { recursive: true });
    await Deno.mkdir(`${folder}/out`);
    await Deno.writeTextFile(`${folder}/in/file`, "in");
    await Deno.writeTextFile(`${folder}/out/secret`, "secret");
    await makeSymlink(`${folder}/out`, `${folder}/in/link`);
    await makeSymlink(`${folder}/out/secret`, `${folder}/a/link`);
    await makeSymlink(`${folder}/in/file`, `${folder}/in/same`);
    await makeSymlink(`${folder}/out/later`, `${folder}/in/dangling`);
    await using test = liveHost(folder);
    await test.host.load();
    const read = (path: string) => test.call("a", READS, path);
    assertEquals(await read(`${folder}/in/file`), "in");
    assertEquals(await read(`${folder}/in/same`), "in");
    assertEquals(await read(`${folder}/in/deep/../file`), "in");
    assertMatch(String(await read(`${folder}/in/none`)), /^NotFound/);
    // Deno opens what it asks about: without dots, before links are followed.
    const dots = `${folder}/in/link/../out/secret`;
    assertMatch(String(await read(dots)), /^NotFound/);
    for (
      const path of [
        `${folder}/in/link/secret`,
        `${folder}/in/../out/secret`,
        `${folder}/a/link`,
        `${folder}/in/dangling`,
        `${folder}/out/secret`,
        "/proc/self/environ",
        "secret",
        "./secret",
        "../out/secret",
      ]
    ) {
      assertMatch(String(await read(path)), /^NotCapable: /, path);
    }
    const moved = `Deno.chdir(args[0]); ${READS.replace("args[0]", "args[1]")}`;
    for (const path of ["../out/secret", "file", "deep/../file"]) {
      const found = await test.call("a", moved, `${folder}/in/deep`, path);
      assertMatch(String(found), /^NotCapable: .*relative path/, path);
    }
    assertMatch(
      String(
        await test.call(
          "a",
          "await Deno.symlink(args[0], args[1]);",
          "/etc",
          `${folder}/in/x`,
        ),
      ),
      /^NotCapable: .*symbolic links need all of read and write/,
    );
  });
});

test("a directory behind a link is granted under its name, also one that is made later", async () => {
  await withPlugins({
    a: {
      code: RUNS,
      manifest: {
        permissions: { read: ["../link/made"], write: ["../link/made"] },
      },
    },
  }, async (folder) => {
    await Deno.mkdir(`${folder}/real`);
    await makeSymlink(`${folder}/real`, `${folder}/link`);
    await using test = liveHost(folder);
    await test.host.load();
    const path = `${folder}/link/made/file`;
    const write =
      `await Deno.mkdir(args[0].replace(/\\/file$/, ""), { recursive: true });
      for (const text of ["one", "two"]) await Deno.writeTextFile(args[0], text);
      return await Deno.readTextFile(args[0])`;
    assertEquals(await test.call("a", write, path), "two");
    assertEquals(
      await test.call("a", READS, `${folder}/real/made/file`),
      "two",
    );
    assertMatch(
      String(await test.call("a", READS, `${folder}/real/other`)),
      /^NotCapable/,
    );
    // What is revoked is so under each name, also before it is there.
    await test.host.revoke("a", { read: [`${folder}/link/made/secret`] });
    await Deno.writeTextFile(`${folder}/real/made/secret`, "secret");
    for (const name of ["link", "real"]) {
      assertMatch(
        String(await test.call("a", READS, `${folder}/${name}/made/secret`)),
        /^NotCapable: .*was revoked/,
        name,
      );
    }
  });
});

test("a plugin with every variable cannot use the socket of its host", async () => {
  await withPlugins({
    a: { code: RUNS, manifest: { permissions: { env: true } } },
  }, async (folder) => {
    await using test = liveHost(folder, {
      environment: recordEnvironment({ HOME: "/home" }),
      // The tests themselves may not read every variable.
      permissions: "report",
    });
    await test.host.load();
    const path = "Deno.env.get('DENO_PERMISSION_BROKER_PATH')";
    assertEquals(await test.call("a", `return ${path}`), `${SOCKETS}/a.sock`);
    assertEquals(
      await test.call("a", "return Deno.env.toObject().HOME"),
      "/home",
    );
    const connect = `await Deno.connect({ transport: "unix", path: ${path} })`;
    assertMatch(String(await test.call("a", connect)), /^NotCapable: /);
  });
});

const noBubblewrap = notHere ??
  (await hasBubblewrap() ? undefined : "bubblewrap is not installed");

testUnless(
  noBubblewrap,
  "a plugin in bubblewrap asks its host by the same socket",
  async () => {
    await withPlugins({
      a: { code: RUNS, manifest: { permissions: { read: ["../in"] } } },
    }, async (folder) => {
      await Deno.mkdir(`${folder}/in`);
      await Deno.writeTextFile(`${folder}/in/file`, "in");
      const { code, stdout, stderr } = await runFixture("live.ts", {
        args: [
          "bubblewrap",
          `${folder}/sockets`,
          `return [Deno.readTextFileSync("${folder}/in/file"),
            Deno.permissions.querySync({ name: "net" }).state,
            await fetch("http://a.example").catch((error) => error.message)]`,
          `${folder}/a`,
        ],
        flags: [
          "--allow-read",
          `--allow-write=${folder}`,
          "--allow-env",
          `--allow-net=unix:${folder}/sockets/a.sock`,
          `--allow-run=bwrap,${Deno.execPath()}`,
        ],
      });
      assertEquals(code, 0, stderr);
      const { said, failed, refused } = JSON.parse(stdout);
      assertEquals([...failed, ...refused], []);
      assertEquals(said[0].slice(0, 2), ["in", "prompt"]);
      assertMatch(said[0][2], /^Plugin "a" has no permission net to/);
    });
  },
);

test("a Worker of a plugin has its rules, and cannot escape them", async () => {
  const worker = `
    const source = "try { postMessage(Deno.readTextFileSync('/etc/passwd')) } catch (error) { postMessage(error.message) }";
    const worker = new Worker("data:text/javascript," + encodeURIComponent(source), { type: "module" });
    return await new Promise((resolve) => worker.onmessage = ({ data }) => { worker.terminate(); resolve(data) });`;
  await withPlugins({ a: RUNS }, async (folder) => {
    await using test = liveHost(folder, {
      runner: live({ limits: { workers: 1 } }),
    });
    await test.host.load();
    assertStringIncludes(
      String(await test.call("a", worker)),
      'Plugin "a" has no permission read to "/etc/passwd"',
    );
  });
});

test("a program is started in live mode by its path alone", async () => {
  await withPlugins({
    a: { code: RUNS, manifest: { permissions: { run: ["true"] } } },
  }, async (folder) => {
    await Deno.writeTextFile(`${folder}/a/true`, "#!/bin/sh\nexit 7\n", {
      mode: 0o755,
    });
    await using test = liveHost(folder, {
      environment: recordEnvironment({ PATH: "/nowhere:/usr/bin:/bin" }),
    });
    await test.host.load();
    const run = (program: string, env = {}) =>
      test.call(
        "a",
        "return (await new Deno.Command(args[0], { env: args[1] }).output()).code",
        program,
        env,
      );
    assertEquals(await run("/bin/true"), 0);
    const byName = String(await run("true", { PATH: `${folder}/a` }));
    assertMatch(byName, /^NotCapable: .*use the absolute path/);
    for (
      const path of [
        `${folder}/a/true`,
        "./true",
        "/bin/sh",
        "/bin/../bin/true",
      ]
    ) {
      assertMatch(String(await run(path)), /^NotCapable: /, path);
    }
  });
});
