/** Compares docs/operations.md with what the command line prints. */

import { PluginHost } from "@semantik/plugins";
import { createAuditLogger, JsonLinesHandler } from "@semantik/plugins/audit";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { testUnless, withoutPosix } from "../test_unless.ts";
import {
  outputPattern,
  readSteps,
  runLine,
  withoutSteps,
} from "./page_steps.ts";
import {
  HOSTS_PAGE,
  printFlags,
  STEPS,
  withApplication,
} from "./whole_application.ts";

const PAGE = await Deno.readTextFile(
  new URL("../../docs/operations.md", import.meta.url),
);
const steps = readSteps(PAGE);
const posix = withoutPosix("POSIX shell, for which the commands are written");

function fileOf(name: string): string {
  for (const step of steps) {
    if (step.kind === "file" && step.path === name) return step.text;
  }
  throw new Error(`docs/operations.md shows no ${name}`);
}

/** The arguments of the container, as JSON says them. */
function dockerArguments(): readonly string[] {
  const [, list = ""] = /^CMD (\[[^]*\])$/m.exec(
    fileOf("Dockerfile").replaceAll("\\\n", "").trim(),
  ) ?? [];
  const parsed: unknown = JSON.parse(list);
  assert(Array.isArray(parsed));
  return parsed.map(String);
}

function unitArguments(): readonly string[] {
  const text = fileOf("greetings.service").replaceAll("\\\n", "");
  const [, line = ""] = /^ExecStart=(.*)$/m.exec(text) ?? [];
  const [program, ...args] = line.split(/\s+/);
  assertEquals(program, "/usr/local/bin/deno");
  return args;
}

Deno.test("docs/operations.md lists its sections", () => {
  const listed = [...PAGE.matchAll(/^- \[(.+)\]\(#/gm)].map(([, title]) =>
    title
  );
  const titles = [...PAGE.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
  assertEquals(listed, titles);
});

Deno.test("docs/operations.md has no file or example that nobody tries", () => {
  assertEquals(
    steps.flatMap((step) => step.kind === "file" ? [step.path] : []),
    ["Dockerfile", "greetings.service"],
  );
  const fences = withoutSteps(PAGE).match(/^ *```.+$/gm) ?? [];
  assertEquals(fences.filter((fence) => fence !== "```ts"), ["```sh"]);
});

/** Makes what the commands read: a refusal in the trail, and a new version. */
async function prepare(directory: string): Promise<void> {
  await Deno.mkdir(`${directory}/data`);
  using audit = createAuditLogger({
    handlers: [new JsonLinesHandler(`${directory}/data/audit.jsonl`)],
  });
  // This process may not read GREETING.
  await using host = new PluginHost({
    name: "greetings",
    version: "1.0.0",
    sources: [`${directory}/plugins`],
    switches: false,
    audit,
  });
  assertEquals((await host.load()).refused.length, 1);
  const old = `${directory}/plugins/greeter`;
  const later = `${directory}/new/greeter`;
  await Deno.mkdir(later, { recursive: true });
  await Deno.copyFile(`${old}/mod.ts`, `${later}/mod.ts`);
  const manifest = JSON.parse(await Deno.readTextFile(`${old}/plugin.json`));
  manifest.version = "1.1.0";
  manifest.permissions.net = ["api.example:443"];
  await Deno.writeTextFile(`${later}/plugin.json`, JSON.stringify(manifest));
}

testUnless(
  posix,
  "docs/operations.md shows what its commands print",
  async (t) => {
    await withApplication(8000, async (directory) => {
      await prepare(directory);
      for (const step of steps) {
        if (step.kind === "file") continue;
        await t.step(step.line, async () => {
          const { code, stderr, stdout } = await runLine(step.line, directory);
          // 1 is a finding.
          assert(code < 2, stderr);
          // The command of docs/hosts.md, which shows what it prints.
          if (step.output === "") return;
          assertMatch(stdout.trim(), outputPattern(step.output));
        });
      }
    });
  },
);

testUnless(
  posix,
  "docs/operations.md starts the container and the unit with the flags that the command line prints",
  async () => {
    await withApplication(8000, async (directory) => {
      const printed = await printFlags(directory, 8000);
      const own = ["run", "--cached-only", "--frozen", "main.ts"];
      for (
        const [place, args] of [
          ["/app", dockerArguments()],
          ["/srv/greetings", unitArguments()],
        ] as const
      ) {
        const moved = printed.map((flag) => flag.replaceAll(directory, place));
        assertEquals(args.toSorted(), [...own, ...moved].sort());
        // A flag after the module would be an argument of the application.
        assertEquals([args[0], args.at(-1)], ["run", "main.ts"]);
      }
    });
  },
);

Deno.test("docs/operations.md copies every file of the application into the container", () => {
  const copied = [...fileOf("Dockerfile").matchAll(/^COPY (?!--)(.+) \S+$/gm)]
    .flatMap(([, paths = ""]) => paths.split(" "));
  const needed = STEPS.flatMap((step) =>
    step.kind === "file" && !step.path.endsWith("_test.ts") ? [step.path] : []
  );
  assertEquals(
    needed.filter((path) =>
      !copied.some((one) => path === one || path.startsWith(`${one}/`))
    ),
    [],
  );
  const [, type] = /"type": "(\w+)"/.exec(HOSTS_PAGE) ?? [];
  assert(PAGE.includes(`SEMANTIK_ENABLE_${type?.toUpperCase()}_PLUGINS=false`));
});

testUnless(
  posix,
  "docs/operations.md shows a unit that systemd understands",
  async (t) => {
    const directory = await Deno.realPath(await Deno.makeTempDir());
    try {
      // systemd looks for the program as well.
      await Deno.writeTextFile(
        `${directory}/greetings.service`,
        fileOf("greetings.service").replace("/usr/local/bin/deno", "/bin/sh"),
      );
      const { stdout } = await runLine(
        "command -v systemd-analyze || true",
        directory,
      );
      await t.step({
        name: stdout.trim() === ""
          ? "systemd-analyze verify [skipped: there is no systemd-analyze]"
          : "systemd-analyze verify",
        ignore: stdout.trim() === "",
        async fn() {
          const verified = await runLine(
            "systemd-analyze verify --man=no ./greetings.service",
            directory,
          );
          assertEquals(verified, { code: 0, stdout: "", stderr: "" });
        },
      });
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);
