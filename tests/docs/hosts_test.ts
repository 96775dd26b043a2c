/** Compares docs/hosts.md with the package, and runs its application. */

import { assert, assertEquals } from "@std/assert";
import { keptVariables } from "../permissions/run_fixture.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";
import { outputPattern, runLine, withoutSteps } from "./page_steps.ts";
import {
  HOSTS_PAGE as PAGE,
  printFlags,
  STEPS,
  withApplication,
  withPort,
} from "./whole_application.ts";

Deno.test("docs/hosts.md lists its sections", () => {
  const listed = [...PAGE.matchAll(/^- \[(.+)\]\(#/gm)].map(([, title]) =>
    title
  );
  const titles = [...PAGE.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
  assertEquals(listed, titles);
});

Deno.test("docs/hosts.md has no file, command or example that nobody tries", () => {
  assertEquals(
    STEPS.flatMap((step) => step.kind === "file" ? [step.path] : []),
    [
      "plugins/greeter/plugin.json",
      "plugins/greeter/mod.ts",
      "main.ts",
      "main_test.ts",
    ],
  );
  const rest = withoutSteps(PAGE);
  const fences = rest.match(/^```.+$/gm) ?? [];
  // `deno test --doc` runs the examples. What adds packages needs a registry.
  assertEquals(fences.filter((fence) => fence !== "```ts"), ["```sh"]);
  assert(rest.includes("```sh\ndeno add "));
});

/** Prints the flags of the application, as its host reports them. */
const REPORT = `
import { PluginHost } from "@semantik/plugins";
import { createAuditLogger, JsonLinesHandler } from "@semantik/plugins/audit";
import { FileStateStore } from "@semantik/plugins/state";
import { options } from "./main.ts";

const file = new JsonLinesHandler("data/audit.jsonl", { chain: true });
using audit = createAuditLogger({ handlers: [file] });
const state = new FileStateStore("data/state.json");
await using host = new PluginHost({ ...options, audit, state });
console.log((await host.permissionReport()).flagLine);
`;

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Waits for the line that Deno writes when a server listens. */
async function untilListening(output: ReadableStream<BufferSource>) {
  let text = "";
  for await (const part of output.pipeThrough(new TextDecoderStream())) {
    if ((text += part).includes("Listening on ")) break;
  }
}

testUnless(
  withoutPosix("POSIX shell, for which the commands are written"),
  "docs/hosts.md begins with an application that runs, ends in order, and has tests",
  async (t) => {
    const port = freePort();
    await withApplication(port, async (directory) => {
      for (const step of STEPS) {
        if (step.kind === "file") continue;
        await t.step(step.line, async () => {
          // To check the types of the whole package again takes half a minute.
          const line = step.line.replace("deno test ", "deno test --no-check ");
          const { code, stderr, stdout } = await runLine(
            withPort(line, port),
            directory,
          );
          assertEquals(code, 0, stdout + stderr);
          const shown = outputPattern(withPort(step.output, port));
          assert(shown.test(stdout.trim()), stdout + stderr);
        });
      }
      await t.step(
        "host.permissionReport() returns the same flags",
        async () => {
          await Deno.writeTextFile(`${directory}/report.ts`, REPORT);
          const { stderr, stdout } = await runLine(
            "deno run --allow-read --allow-write --allow-env report.ts",
            directory,
          );
          assertEquals(
            stdout.trim().replaceAll("'", "").split(" "),
            await printFlags(directory, port),
            stderr,
          );
        },
      );
      await t.step("the application", async () => {
        const child = new Deno.Command(Deno.execPath(), {
          args: ["run", ...await printFlags(directory, port), "main.ts"],
          cwd: directory,
          clearEnv: true,
          env: keptVariables(),
          stdin: "null",
          stdout: "null",
          stderr: "piped",
        }).spawn();
        const [first, all] = child.stderr.tee();
        const said = new Response(all).text();
        const url = `http://127.0.0.1:${port}`;
        try {
          await untilListening(first);
          const health = await fetch(`${url}/health`);
          assertEquals(health.status, 200);
          assertEquals((await health.json()).greeter.status, "healthy");
          assertEquals(await (await fetch(`${url}/Ada`)).text(), "Servus Ada");
        } finally {
          child.kill("SIGTERM");
        }
        const { code } = await child.status;
        assertEquals(code, 0, await said);
        const trail = await Deno.readTextFile(`${directory}/data/audit.jsonl`);
        const actions = trail.trim().split("\n").map((line) =>
          JSON.parse(line).action
        );
        assertEquals([actions[0], actions.at(-1)], [
          "plugin.registered.external",
          "plugin.disposed",
        ]);
      });
    });
  },
);
