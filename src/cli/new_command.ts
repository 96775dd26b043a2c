/**
 * `new`: makes a plugin to begin with.
 *
 * @module
 */

import { Command } from "commander";
import config from "../../deno.json" with { type: "json" };
import { fileName } from "../base/file_url.ts";
import { parseManifest } from "../manifest/parse_manifest.ts";
import { resolvePath } from "../base/path.ts";
import { escapeControls, quote } from "../base/text.ts";
import type { CommandRun } from "./command_run.ts";
import { newManifest, newPluginFiles } from "./new/plugin_files.ts";
import { writeNewFiles } from "./new/write_new_files.ts";
import type { Outcome } from "./outcome.ts";
import { UsageError } from "./usage_error.ts";

/** The options of the command, as they were written. */
interface NewFlags {
  readonly json?: true;
  readonly type: string;
  readonly id?: string;
}

const MAX_ID = 64;

/** The id that a directory's name suggests, which may be none. */
function idFrom(directory: string): string {
  return fileName(directory).normalize("NFKD").toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, "-").slice(0, MAX_ID)
    .replaceAll(/^[-_]+|[-_]+$/g, "");
}

async function assertNames(id: string, type: string): Promise<void> {
  const plugin = { id, type, libraryVersion: config.version };
  const parsed = await parseManifest(newManifest(plugin));
  if (parsed.ok) return;
  const [problem] = parsed.problems;
  const isId = problem?.path === "id";
  const option = isId ? "--id" : "--type";
  throw new UsageError(
    `The value of ${option} is ${quote(isId ? id : type)}`,
    problem?.remedy ?? "Write another",
  );
}

/**
 * Makes the command.
 *
 * @param run The run of the command line.
 * @returns The command.
 */
export function newCommand(run: CommandRun): Command {
  async function make(given: string, flags: NewFlags): Promise<Outcome> {
    if (given === "" || given.includes("\0")) {
      throw new UsageError(
        `${quote(given)} names no directory`,
        "Write e.g. new ./my-plugin --type embedding",
      );
    }
    const directory = resolvePath(given, Deno.cwd());
    const { type, id = idFrom(directory) } = flags;
    await assertNames(id, type);
    const plugin = { id, type, libraryVersion: config.version };
    const files = newPluginFiles(plugin);
    await writeNewFiles(directory, files);
    const { paint } = run.terminal;
    const lines = [
      `${paint.green("Made")} plugin ${quote(id)} of type ${quote(type)} in ${
        escapeControls(directory)
      }`,
      ...[...files.keys()].map((name) => `  ${name}`),
      "",
      "Go on there with:",
      "  deno task test",
      "  deno task validate",
    ];
    return {
      result: { directory, id, type, files: [...files.keys()] },
      text: lines.map((line) => `${line}\n`).join(""),
      exitCode: 0,
    };
  }

  return new Command("new")
    .summary("makes a plugin to begin with")
    .description(
      "Makes a plugin in a directory: manifest, module, test, README and deno.json. What it makes passes " +
        "validate --run, fmt, lint and its own test at once. No file that is there is touched.",
    )
    .argument("<dir>", "the directory, which is made where there is none")
    .requiredOption("--type <type>", "what it plugs into, e.g. embedding")
    .option("--id <id>", "its id; by default from the directory's name")
    .option("--json", "print the result for machines")
    .action((directory: string, flags: NewFlags) =>
      run.run("new", flags.json, () => make(directory, flags))
    );
}
