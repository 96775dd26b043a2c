import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { main } from "@semantik/plugins/cli";
import { runCli } from "../run_cli.ts";
import { fixture } from "../../permissions/run_fixture.ts";
import { denoCommand, runDeno } from "../run_deno.ts";
import { testUnless, withoutPosix } from "../../test_unless.ts";
import { pluginFiles, withFolder } from "../with_plugins.ts";

const CLI = new URL("../../../cli.ts", import.meta.url).pathname;
/** Many times what a round takes. */
const LIMIT = 60_000;

/** A running `dev`, and what it printed. */
class Dev implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #timer: ReturnType<typeof setTimeout>;
  #text = "";

  constructor(folder: string, ...args: readonly string[]) {
    this.#child = denoCommand(
      ["run", "--no-prompt", "--allow-read", "--allow-write"].concat(
        ["--allow-run=deno", CLI, "dev", ".", ...args],
      ),
      { cwd: folder },
    ).spawn();
    this.#reader = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    this.#timer = setTimeout(() => this.#kill("SIGKILL"), LIMIT);
  }

  get pid(): number {
    return this.#child.pid;
  }

  #kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended.
    }
  }

  /** Reads until something matches, and forgets what came before its end. */
  async until(pattern: RegExp): Promise<void> {
    for (;;) {
      const found = pattern.exec(this.#text);
      if (found !== null) {
        this.#text = this.#text.slice(found.index + found[0].length);
        return;
      }
      const { done, value } = await this.#reader.read();
      assert(!done, `no ${pattern}: ${this.#text}`);
      this.#text += value;
    }
  }

  /** Reads until everything was seen, and returns all of it. */
  async collect(...patterns: readonly RegExp[]): Promise<string> {
    let seen = this.#text;
    while (patterns.some((one) => !one.test(seen))) {
      const { done, value } = await this.#reader.read();
      assert(!done, `not all of ${patterns}: ${seen}`);
      seen += value;
    }
    this.#text = "";
    return seen;
  }

  /** Reads to the end of a round that matches, and returns it. */
  async round(pattern: RegExp): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end === -1) {
        const { done, value } = await this.#reader.read();
        assert(!done, `no ${pattern}: ${this.#text}`);
        this.#text += value;
        continue;
      }
      const round = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 2);
      if (pattern.test(round)) return round;
    }
  }

  /** Ends it as Ctrl-C does. */
  async interrupt(): Promise<{ code: number; stderr: string }> {
    this.#kill("SIGINT");
    const stderr = new Response(this.#child.stderr).text();
    const { code } = await this.#child.status;
    return { code, stderr: await stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#kill("SIGKILL");
    await this.#child.status;
    await this.#reader.cancel();
    if (!this.#child.stderr.locked) await this.#child.stderr.cancel();
  }
}

/** Lists the command lines of running processes that name a text. */
async function processesWith(text: string): Promise<readonly string[]> {
  const { code, stdout, stderr } = await runDeno(
    ["run", "--allow-run", "--no-check", "--quiet", fixture("shell.ts")]
      .concat(["sh", "ps -A -o args=", "/"]),
  );
  assertEquals(code, 0, stderr);
  return String(JSON.parse(stdout).stdout).split("\n")
    .filter((line) => line.includes(text));
}

async function edit(path: string, from: string, to: string): Promise<void> {
  const text = await Deno.readTextFile(path);
  assertStringIncludes(text, from);
  await Deno.writeTextFile(path, text.replace(from, to));
}

testUnless(
  withoutPosix("signals of POSIX"),
  "dev goes on through errors, shows what changed, and leaves no process",
  async () => {
    await withFolder({}, async (folder) => {
      const plugin = `${folder}/new-plugin`;
      // The way of a newcomer: new, then dev.
      const { stdout } = await runCli(["new", plugin]);
      assertStringIncludes(stdout, "deno task dev");
      // Other tests check the types.
      await edit(`${plugin}/deno.json`, "deno test", "deno test --no-check");
      await using dev = new Dev(plugin);
      const first = await dev.round(/^\d\d:\d\d:\d\d\n/);
      assertMatch(first, /^ok {2}new-plugin {2}greeting {2}0\.1\.0$/m);
      assertMatch(first, /^ {2}health: healthy$/m);
      assertMatch(first, /^ {2}tests: passed, 1 passed \| 0 failed$/m);

      await edit(`${plugin}/mod.ts`, "setup({ log })", "setup({ log ");
      const broken = await dev.round(/cannot be read/);
      assertMatch(broken, /^ {2}new {7}The module "mod\.ts" cannot be read/m);
      assertMatch(broken, /^ {2}health {4}healthy -> \(none\)$/m);
      assertMatch(broken, /^ +\d+ \| /m);

      await edit(`${plugin}/mod.ts`, "setup({ log ", "setup({ log })");
      await edit(
        `${plugin}/plugin.json`,
        '"permissions": {}',
        '"permissions": { "net": ["a.example:443"] }',
      );
      await edit(`${plugin}/mod_test.ts`, "Hello Deno", "Hello Nobody");
      const fixed = await dev.round(/^ {2}tests: failed, 0 passed/m);
      assertMatch(fixed, /^ {2}gone {6}The module "mod\.ts" cannot be read/m);
      assertMatch(
        fixed,
        /^ {2}added {5}net to "a\.example:443" {2}--allow-net=/m,
      );
      assertMatch(fixed, /Hello Nobody/);

      // A loop that never waits is stopped with the rest.
      await edit(`${plugin}/mod.ts`, 'log.info("ready")', "while (true)");
      let isRunning = false;
      for (let tries = 0; tries < 100 && !isRunning; tries++) {
        const lines = await processesWith(plugin);
        isRunning = lines.some((line) => line.includes("run_setup_job"));
      }
      assert(isRunning);
      const { code, stderr } = await dev.interrupt();
      assertEquals([code, stderr], [0, ""]);
      assertEquals(await processesWith(plugin), []);
    });
  },
);

Deno.test("dev runs the plugin enforced between two changes, and shows what it tries", async () => {
  const running = (body: string) =>
    `let timer;
export default {
  setup({ log }) {
    log.info("ready");
    timer = setTimeout(async () => { ${body} }, 0);
    return {};
  },
  dispose() { clearTimeout(timer); },
};
`;
  const attempt = `
    await fetch("http://a.example:81/?q").catch(() => {});
    try { Deno.writeTextFileSync(new URL("./cache.txt", import.meta.url), ""); }
    catch { log.warn("not written"); }`;
  const files = pluginFiles("p", {}, running(attempt));
  await withFolder(files, async (folder) => {
    const plugin = `${folder}/p`;
    const write = (code: string) =>
      Deno.writeTextFile(`${plugin}/mod.ts`, code);
    await using dev = new Dev(plugin, "--no-tests");
    await dev.until(/^ {2}running: 1\.0\.0, in a process of its own$/m);
    // In any order: a log crosses faster than a file is looked at.
    const seen = await dev.collect(
      /^ {2}p info: ready$/m,
      /^ {2}p warn: not written$/m,
      /^ {2}It tried net to "a\.example:81" \(mod\.ts:\d\), which its manifest does not declare$/m,
      /declare it in plugin\.json: "permissions": \{ "net": \["a\.example:81"\] \}/,
      /declare it in plugin\.json: "permissions": \{ "write": \["\.\/cache\.txt"\] \}/,
    );
    assertEquals(seen.match(/It tried write to/g)?.length, 1);

    // What is declared is tried no more.
    await edit(
      `${plugin}/plugin.json`,
      '"version":"1.0.0"',
      '"version":"1.1.0","permissions":{"net":["a.example:81"],"write":["./cache.txt"]}',
    );
    await dev.until(
      /^ {2}running: 1\.1\.0, in a new process that replaced the old one$/m,
    );
    // The one that runs ends, and the next change starts it again.
    await write(running(`
      log.info("pid " + Deno.pid);
      const file = new URL("./exit.txt", import.meta.url);
      for (;;) {
        await new Promise((resolve) => timer = setTimeout(resolve, 5));
        try {
          if (Deno.readTextFileSync(file) === String(Deno.pid)) Deno.exit(3);
        } catch { /* Not yet. */ }
      }`));
    const told = await dev.collect(/^ {2}p info: pid \d+$/m);
    assert(!told.includes("It tried"), told);
    const [, pid = ""] = /pid (\d+)/.exec(told) ?? [];
    await Deno.writeTextFile(`${plugin}/exit.txt`, pid);
    await dev.collect(
      /^ {2}p ended: crashed/m,
      /^ {2}running: 1\.1\.0, in a new process/m,
    );

    await write("export default { setup() { throw new Error('no'); } };");
    await dev.until(/^ {2}running: 1\.1\.0 as it was before, since its files/m);
    await write(running(""));
    await dev.until(/^ {2}running: 1\.1\.0, in a new process/m);
    const { code, stderr } = await dev.interrupt();
    assertEquals([code, stderr], [0, ""]);
  });
});

Deno.test("dev ends the old process of a plugin that holds a port, and starts the new one", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  taken.close();
  const code = (text: string) =>
    `let server;
export default {
  setup() {
    server = Deno.serve(
      { hostname: "127.0.0.1", port: ${port}, onListen() {} },
      () => new Response("${text}"),
    );
    return {};
  },
  async dispose() { await server.shutdown(); },
};
`;
  const net = [`127.0.0.1:${port}`];
  const files = pluginFiles("p", { permissions: { net } }, code("one"));
  await withFolder(files, async (folder) => {
    await using dev = new Dev(`${folder}/p`, "--no-tests");
    const ask = async () => await (await fetch(`http://${net[0]}/`)).text();
    await dev.until(/^ok [^]*^ {2}running: 1\.0\.0, in a process of its own$/m);
    assertEquals(await ask(), "one");
    await Deno.writeTextFile(`${folder}/p/mod.ts`, code("two"));
    await dev.until(/^ok [^]*^ {2}running: 1\.0\.0, in a process of its own$/m);
    assertEquals(await ask(), "two");
  });
});

Deno.test("dev refuses what it cannot work with, before it watches anything", async (t) => {
  const files = { ...pluginFiles("a"), ...pluginFiles("b"), "file": "" };
  await withFolder(files, async (folder) => {
    const rows: readonly (readonly [readonly string[], string])[] = [
      [[`${folder}/missing`], "is not a directory"],
      [[`${folder}/file`], "is not a directory"],
      [[folder], "holds several plugins"],
      [[`${folder}/a`, "--timeout=soon"], '"soon" for --timeout'],
      [[`${folder}/a`, "--config=missing.json"], "does not exist"],
    ];
    for (const [args, message] of rows) {
      await t.step(message, async () => {
        const { code, stderr } = await runCli(["dev", ...args]);
        assertEquals(code, 2);
        assertStringIncludes(stderr, message);
      });
    }
  });
});

Deno.test("dev tells how to name a required plugin, and sets it up beside it", async () => {
  const files = {
    ...pluginFiles("p", { requires: [{ id: "base", version: "*" }] }),
    ...pluginFiles("base"),
  };
  await withFolder(files, async (folder) => {
    for (
      const [args, shown] of [
        [[], "with --with"],
        [[`--with=${folder}/base`], "  health: "],
      ] as const
    ) {
      const controller = new AbortController();
      let output = "";
      const code = await main(
        ["dev", `${folder}/p`, "--no-tests", ...args],
        {
          signal: AbortSignal.any([
            controller.signal,
            AbortSignal.timeout(LIMIT),
          ]),
          stdout: {
            isTerminal: () => false,
            writeSync(bytes) {
              output += new TextDecoder().decode(bytes);
              if (/^ok [^]*\n\n$/m.test(output)) controller.abort();
              return bytes.length;
            },
          },
        },
      );
      assertEquals(code, 0);
      assertStringIncludes(output, shown);
    }
  });
});

Deno.test("dev ends when its signal is aborted", async () => {
  await withFolder(pluginFiles("p"), async (folder) => {
    const controller = new AbortController();
    const running = runCli(["dev", `${folder}/p`, "--no-tests"], {
      signal: controller.signal,
    });
    controller.abort();
    const { code, stderr } = await running;
    assertEquals([code, stderr], [0, ""]);
  });
});
