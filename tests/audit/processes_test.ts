import { assert, assertEquals, assertMatch } from "@std/assert";
import { JsonLinesHandler, verifyAuditLog } from "@semantik/plugins/audit";
import { killRounds } from "./kill_rounds.ts";
import { runFixture, spawnFixture } from "./run_fixture.ts";
import { withDirectory } from "./with_directory.ts";
import { testUnless, withoutLinux } from "../test_unless.ts";

const ROUNDS = 4;

Deno.test("JsonLinesHandler loses no written event when it is killed", async () => {
  const { lines } = await killRounds(ROUNDS, Math.random);
  assert(lines > ROUNDS);
});

Deno.test("JsonLinesHandler refuses a second process while the first one runs", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    const flags = [`--allow-read=${directory}`, `--allow-write=${directory}`];
    const first = spawnFixture("hold.ts", { flags, args: [path, "keep"] });
    const reader = first.stdout.getReader();
    const { value } = await reader.read();
    assertEquals(new TextDecoder().decode(value), "open\n");
    const second = await runFixture("hold.ts", { flags, args: [path] });
    const { code, message, remedy } = JSON.parse(second.stdout);
    assertEquals(code, "PLUGIN_AUDIT_UNAVAILABLE");
    assert(message.endsWith(`process ${first.pid} already writes to it`));
    assertMatch(remedy, /^Give each process its own file/);
    first.kill("SIGKILL");
    await Promise.all([first.status, first.stderr.cancel(), reader.cancel()]);
    const third = await runFixture("hold.ts", { flags, args: [path] });
    assertEquals(third.stdout, "open\n");
  });
});

/** The files that a handler as in narrow.ts names. */
function namedFiles(path: string, chain: boolean): readonly string[] {
  const rotate = { maxBytes: 1_000, maxFiles: 3 };
  const handler = new JsonLinesHandler(path, { chain, rotate });
  const { files } = handler;
  handler.destroy();
  return files;
}

Deno.test("JsonLinesHandler needs only the permissions that it lists", async (t) => {
  for (const chain of [true, false]) {
    await t.step(chain ? "with a chain" : "without a chain", async () => {
      await withDirectory(async (directory) => {
        const path = `${directory}/audit.jsonl`;
        const files = namedFiles(path, chain);
        const { stdout, stderr, code } = await runFixture("narrow.ts", {
          flags: [`--allow-read=${files}`, `--allow-write=${files}`],
          args: [path, ...(chain ? [] : ["plain"])],
        });
        assertEquals([stdout, stderr, code], ['{"dropped":0}\n', "", 0]);
        const left = Array.from(
          Deno.readDirSync(directory),
          ({ name }) => name,
        );
        assertEquals(left.sort(), [
          "audit.jsonl",
          "audit.jsonl.1",
          "audit.jsonl.2",
          "audit.jsonl.lock",
        ]);
        for (const name of left.slice(0, 3)) {
          const { size } = Deno.statSync(`${directory}/${name}`);
          assert(size > 0 && size <= 1_000, `${name}: ${size}`);
        }
        if (!chain) return;
        assertEquals((await verifyAuditLog(path)).status, "intact");
      });
    });
  }
});

Deno.test("JsonLinesHandler names missing permissions", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    const none = await runFixture("narrow.ts", { args: [path] });
    const { code, message, remedy } = JSON.parse(none.stdout);
    assertEquals(code, "PLUGIN_AUDIT_UNAVAILABLE");
    assertMatch(message, /^Cannot open audit log ".*": NotCapable: /);
    assert(
      remedy.startsWith(
        `Start with --allow-read and --allow-write for "${path}"`,
      ),
    );
  });
});

testUnless(
  withoutLinux("/dev/full"),
  "JsonLinesHandler counts events that devices and full disks reject",
  async () => {
    await withDirectory(async (directory) => {
      const { stdout, stderr } = await runFixture("special.ts", {
        flags: ["--allow-all"],
        args: [directory],
      });
      const [special = "", limited = ""] = stdout.split("\n");
      assertEquals(JSON.parse(special), {
        full: 3,
        null: 0,
        fifo:
          `Cannot open audit log "${directory}/fifo": it is neither a file nor a character device`,
      });
      const { size, status, events, lost, dropped } = JSON.parse(limited);
      assert(size <= 8 * 1024 && size > 7 * 1024);
      assertEquals(status, "intact");
      assertEquals(events + dropped, 100);
      // A short event fitted in after longer ones, and said how many they were.
      assert(lost.length > 0 && lost[0] > 0 && lost[0] < dropped);
      assertEquals(
        stderr.match(/^Warning: An audit event was not written/gm)?.length,
        2,
      );
    });
  },
);
