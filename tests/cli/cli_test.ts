import { assertEquals } from "@std/assert";
import { denoCommand, runDeno } from "./run_deno.ts";
import { pluginFiles, withFolder } from "./with_plugins.ts";

const CLI = new URL("../../cli.ts", import.meta.url).href;

Deno.test("cli.ts runs as a program with read permission alone", async () => {
  await withFolder(pluginFiles("p"), async (folder) => {
    const run = ["run", "--no-prompt", `--allow-read=${folder}`, CLI];
    const listed = await runDeno([...run, "list", folder]);
    assertEquals([listed.code, listed.stderr], [0, ""]);
    assertEquals(listed.stdout.split("\n").length, 6);
    const wrong = await runDeno([...run, "lst", folder]);
    assertEquals(wrong.code, 2);
    const refused = await runDeno(["run", "--no-prompt", CLI, "list", folder]);
    assertEquals(refused.code, 1);
    assertEquals(refused.stdout.includes(`--allow-read=${folder}`), true);
  });
});

Deno.test("cli.ts ends silently when its output is closed", async () => {
  const line = JSON.stringify({
    timestamp: "2026-01-31T12:00:00.000Z",
    level: "info",
    plugin_id: "a",
    action: "x",
  });
  const files = { "audit.jsonl": `${line}\n`.repeat(50_000) };
  await withFolder(files, async (folder) => {
    await using child = denoCommand([
      "run",
      "--no-prompt",
      `--allow-read=${folder}`,
      CLI,
      "audit",
      `${folder}/audit.jsonl`,
    ]).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel();
    const stderr = await new Response(child.stderr).text();
    assertEquals([(await child.status).code, stderr], [0, ""]);
  });
});

Deno.test("cli.ts does nothing when it is imported", async () => {
  const script = new URL("../fixtures/cli/import_cli.ts", import.meta.url).href;
  const { code: status, stdout, stderr } = await runDeno(
    ["run", "--no-prompt", script, "list", "--json"],
  );
  assertEquals([stdout, stderr, status], ["", "", 0]);
});
