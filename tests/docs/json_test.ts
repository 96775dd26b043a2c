/** Compares docs/json.md with what the commands print. */

import { assert, assertEquals } from "@std/assert";
import { runCli } from "../cli/run_cli.ts";
import { runDeno } from "../cli/run_deno.ts";
import { withFolder } from "../cli/with_plugins.ts";
import { commandsOf } from "./commands_of.ts";
import { JSON_FILES, jsonSamples } from "./json_samples.ts";

const PAGE = await Deno.readTextFile(
  new URL("../../docs/json.md", import.meta.url),
);
const SECTION_REGEXP = /^## `([a-z][a-z -]*)`\n(.*?)(?=^## |$(?![^]))/gms;
const BLOCK_REGEXP = /^```ts(?: ignore)?\n(.*?)^```$/gms;

const TYPES = [...PAGE.matchAll(BLOCK_REGEXP)].map(([, code]) => code)
  .join("\n");
const SECTIONS = [...PAGE.matchAll(SECTION_REGEXP)]
  .map(([, command = "", text = ""]) => ({ command, text }));

/** Returns e.g. `AuditVerifyResult` for `audit verify`. */
function typeOf(command: string): string {
  const words = command.split(" ")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join("")}Result`;
}

/** Lists the commands that have the option --json, and their subcommands. */
async function commandsWithJson(
  parent: readonly string[] = [],
): Promise<readonly string[]> {
  const { stdout } = await runCli([...parent, "--help"]);
  const found = parent.length > 0 && stdout.includes("--json")
    ? [parent.join(" ")]
    : [];
  for (const name of commandsOf(stdout)) {
    found.push(...await commandsWithJson([...parent, name]));
  }
  return found;
}

function keysIn(value: unknown, keys = new Set<string>()): Set<string> {
  if (typeof value !== "object" || value === null) return keys;
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) keys.add(key);
    keysIn(inner, keys);
  }
  return keys;
}

Deno.test("docs/json.md has a section for each command with --json, and no other", async () => {
  const commands = await commandsWithJson();
  assert(commands.includes("audit verify"));
  assertEquals(
    SECTIONS.map(({ command }) => command).toSorted(),
    commands.toSorted(),
  );
  for (const { command, text } of SECTIONS) {
    assert(
      new RegExp(`^(?:interface|type) ${typeOf(command)}\\b`, "m").test(text),
      `no ${typeOf(command)} under ${command}`,
    );
  }
});

Deno.test("docs/json.md lists every field that the commands print, and no other", async () => {
  await withFolder(JSON_FILES, async (folder) => {
    const lines: string[] = [];
    const keys = new Set<string>();
    const tried = new Set<string>();
    for await (const { command, args, type } of jsonSamples(folder)) {
      const { stdout, stderr } = await runCli(
        [...command.split(" "), "--json", ...args],
      );
      const output: unknown = JSON.parse(stdout);
      // Only the failures that are samples of one may fail.
      const isFailure = Reflect.get(Object(output), "result") === null;
      assertEquals(isFailure, type === "never", `${args}\n${stderr}`);
      keysIn(output, keys);
      tried.add(command);
      lines.push(
        `export const sample${lines.length}: Envelope<${
          JSON.stringify(command)
        }, ${type ?? typeOf(command)}> = ${stdout.trim()};`,
      );
    }
    assertEquals(
      SECTIONS.map(({ command }) => command)
        .filter((command) => !tried.has(command)),
      [],
      "each command needs a sample in json_samples.ts",
    );
    const listed = [...TYPES.matchAll(/\breadonly (\w+)\??:/g)]
      .flatMap(([, key]) => key ?? []);
    assertEquals(
      [...new Set(listed.filter((key) => !keys.has(key)))],
      [],
      "listed, but printed by no sample",
    );
    const module = `${folder}/samples.ts`;
    await Deno.writeTextFile(module, `${TYPES}\n${lines.join("\n")}\n`);
    const checked = await runDeno(["check", "--no-config", module]);
    assertEquals(checked.code, 0, checked.stderr);
  });
});
