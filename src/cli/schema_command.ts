import { Command } from "commander";
import { isRecord } from "../base/errors.ts";
import { describeThrown, escapeControls, quote } from "../base/text.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import { UsageError } from "./failure.ts";
import { joinLines } from "./format.ts";
import { MANIFEST_SCHEMA, MANIFEST_SCHEMA_TEXT } from "./manifest_schema.ts";

interface SchemaFlags {
  readonly json?: true;
  readonly out?: string;
}

/** An older schema may be replaced, and nothing else. */
function isSchema(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && value.title === MANIFEST_SCHEMA.title;
  } catch {
    return false;
  }
}

async function writeSchema(path: string): Promise<void> {
  const cannot = (why: string, remedy: string) =>
    new UsageError(`Cannot write the schema to ${quote(path)}: ${why}`, remedy);
  try {
    const before = await Deno.readTextFile(path)
      .catch((thrown: unknown) => {
        if (thrown instanceof Deno.errors.NotFound) return undefined;
        throw thrown;
      });
    if (before !== undefined && !isSchema(before)) {
      throw cannot("another file has this name", "Name another file");
    }
    await Deno.writeTextFile(path, MANIFEST_SCHEMA_TEXT, {
      createNew: before === undefined,
    });
  } catch (thrown) {
    if (
      thrown instanceof Deno.errors.NotCapable || thrown instanceof UsageError
    ) throw thrown;
    throw cannot(
      describeThrown(thrown),
      "Name a file in a directory that exists",
    );
  }
}

export function schemaCommand(run: CommandRun): Command {
  async function schema({ out }: SchemaFlags): Promise<Outcome> {
    if (out === undefined) {
      return {
        result: { schema: MANIFEST_SCHEMA },
        text: MANIFEST_SCHEMA_TEXT,
        exitCode: 0,
      };
    }
    await writeSchema(out);
    return {
      result: { schema: MANIFEST_SCHEMA, file: out },
      text: joinLines([
        `${run.terminal.screen.paint.green("Wrote")} ${escapeControls(out)}`,
      ]),
      exitCode: 0,
    };
  }

  return new Command("schema")
    .summary("print the JSON Schema of plugin.json, for editors")
    .description(
      "Prints the JSON Schema of plugin.json, or writes it to a file. An editor checks and completes a " +
        'manifest by it, offline: "$schema": "./plugin.schema.json". Replaces an older schema, and no ' +
        "other file.",
    )
    .option("--out <file>", "write it to a file, e.g. plugin.schema.json")
    .option("--json", "print the result as JSON")
    .action((flags: SchemaFlags) =>
      run.run("schema", flags.json, () => schema(flags))
    );
}
