import { Command } from "commander";
import config from "../../deno.json" with { type: "json" };

import { parseManifest } from "../manifest/parse_manifest.ts";
import {
  fileName,
  fromFileUrl,
  resolvePath,
  trimSeparators,
} from "../base/path.ts";
import { describeThrown, escapeControls, quote } from "../base/text.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import { UsageError } from "./failure.ts";
import { joinLines } from "./format.ts";
import { newManifest, newPluginFiles } from "./new_plugin_files.ts";
import { invalidValue } from "./option_values.ts";

interface NewFlags {
  readonly json?: true;
  readonly type: string;
  readonly id?: string;
}

const MAX_ID = 64;
/** The type of the README's plugin, which does the same. */
const DEFAULT_TYPE = "greeting";

/** Derives an id from the directory's name; the result may be invalid. */
function idFrom(directory: string): string {
  return fileName(directory).normalize("NFKD").toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, "-").slice(0, MAX_ID)
    .replaceAll(/^[-_]+|[-_]+$/g, "");
}

function assertNames(id: string, type: string): void {
  const parsed = parseManifest(newManifest({ id, type }));
  if (parsed.ok) return;
  const [problem] = parsed.problems;
  const [option, value] = problem?.path === "id"
    ? ["--id", id]
    : ["--type", type];
  throw invalidValue(option, value, problem?.remedy ?? "Use another value");
}

function cannotCreate(
  directory: string,
  why: string,
  remedy: string,
): UsageError {
  return new UsageError(
    `Cannot create a plugin in ${quote(directory)}: ${why}`,
    remedy,
  );
}

async function findExisting(
  directory: string,
  names: Iterable<string>,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of names) {
    try {
      await Deno.lstat(`${directory}/${name}`);
      found.push(name);
    } catch (thrown) {
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    }
  }
  return found;
}

/** Writes all files or none, and overwrites nothing. */
async function writeNewFiles(
  directory: string,
  files: ReadonlyMap<string, string>,
): Promise<void> {
  const written: string[] = [];
  try {
    await Deno.mkdir(directory, { recursive: true });
    const existing = await findExisting(directory, files.keys());
    if (existing.length > 0) {
      throw cannotCreate(
        directory,
        `${existing.map(quote).join(", ")} would be overwritten`,
        "Name another directory, or move the files away",
      );
    }
    for (const [name, text] of files) {
      const path = `${directory}/${name}`;
      await Deno.mkdir(resolvePath("..", path), { recursive: true });
      await Deno.writeTextFile(path, text, { createNew: true });
      written.push(path);
    }
  } catch (thrown) {
    for (const path of written) await Deno.remove(path).catch(() => {});
    if (
      thrown instanceof Deno.errors.NotCapable || thrown instanceof UsageError
    ) throw thrown;
    throw cannotCreate(
      directory,
      describeThrown(thrown),
      "Name a directory that this user may write to",
    );
  }
}

/** Returns the directory of this package if it runs from files, and not from JSR. */
function checkoutOf(module: string): string | undefined {
  const url = new URL("../../", module);
  return url.protocol === "file:"
    ? trimSeparators(fromFileUrl(url))
    : undefined;
}

export function newCommand(run: CommandRun): Command {
  async function create(given: string, flags: NewFlags): Promise<Outcome> {
    if (given === "" || given.includes("\0")) {
      throw new UsageError(
        `${quote(given)} is not a directory name`,
        "Write e.g. new ./my-plugin --type embedding",
      );
    }
    const directory = resolvePath(given, Deno.cwd());
    const { type, id = idFrom(directory) } = flags;
    assertNames(id, type);
    const files = newPluginFiles({
      id,
      type,
      libraryVersion: config.version,
      checkout: checkoutOf(import.meta.url),
    });
    await writeNewFiles(directory, files);
    const created = run.terminal.screen.paint.green("Created");
    const names = [...files.keys()];
    return {
      result: { directory, id, type, files: names },
      text: joinLines([
        `${created} plugin ${quote(id)} of type ${quote(type)} in ${
          escapeControls(directory)
        }`,
        ...names.map((name) => `  ${name}`),
        "",
        "Next, run there:",
        "  deno task dev",
        "  deno task test",
        "  deno task validate",
      ]),
      exitCode: 0,
    };
  }

  return new Command("new")
    .summary("create a plugin to start from")
    .description(
      "Creates a plugin in a directory: manifest with its JSON Schema, module, test, README and deno.json. " +
        "It passes validate --run, fmt, lint and its own test as created. Existing files are never overwritten.",
    )
    .argument("<dir>", "the directory, created if it does not exist")
    .option(
      "--type <type>",
      "the plugin's type, e.g. embedding",
      DEFAULT_TYPE,
    )
    .option("--id <id>", "the plugin's id (default: the directory's name)")
    .option("--json", "print the result as JSON")
    .action((directory: string, flags: NewFlags) =>
      run.run("new", flags.json, () => create(directory, flags))
    );
}
