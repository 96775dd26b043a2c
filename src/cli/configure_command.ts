import { Command } from "commander";
import { errorOf } from "../base/errors.ts";
import { copyJson, isJsonObject, type JsonObject } from "../base/json.ts";
import { quote } from "../base/text.ts";
import { unreadConfigProblems } from "../inspect/permission_needs.ts";
import { changedKeys, configuring } from "../state/state_text.ts";
import {
  addChangeOptions,
  type ChangeFlags,
  type ChangeResult,
  formatChange,
  StateEditor,
} from "./change_state.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import { UsageError } from "./failure.ts";
import { collect, parseJson, readJsonFile } from "./option_values.ts";

interface ConfigureFlags extends ChangeFlags {
  readonly config?: string;
  readonly set?: readonly string[];
  readonly unset?: readonly string[];
}

interface ConfigureResult extends ChangeResult {
  /** The top-level keys that changed. */
  readonly changed: readonly string[];
}

const EFFECT =
  "A host takes it when it starts, and then checks it by the plugin's own schema, which is code.";
const MAX_INPUT_BYTES = 1_048_576;

async function readInput(run: CommandRun): Promise<string> {
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(65_536);
  let text = "";
  for (let length = 0;;) {
    const count = await run.stdin.read(chunk);
    if (count === null) return text + decoder.decode();
    length += count;
    if (length > MAX_INPUT_BYTES) {
      throw new UsageError(
        "Standard input, for --config -, is too long",
        `Write at most ${MAX_INPUT_BYTES} bytes`,
      );
    }
    text += decoder.decode(chunk.subarray(0, count), { stream: true });
  }
}

function toConfig(value: unknown, what: string): JsonObject {
  const copy = copyJson(value, "config");
  if (copy.ok && isJsonObject(copy.value)) return copy.value;
  throw new UsageError(
    copy.ok ? `${what} is not an object` : `${what}: ${copy.path} ${copy.what}`,
    'Write the configuration of this one plugin, e.g. { "tone": "formal" }',
  );
}

async function readConfig(run: CommandRun, path: string): Promise<JsonObject> {
  if (path !== "-") {
    const value = await readJsonFile(path, "--config");
    return toConfig(value, `The file ${quote(path)} of --config`);
  }
  const what = "Standard input, for --config -,";
  const value = parseJson(await readInput(run), what, "Write a JSON object");
  return toConfig(value, what);
}

/** Reads `key=value`, whose value is JSON. It may be a secret and is not shown. */
function parseSetting(text: string): readonly [string, unknown] {
  const end = text.indexOf("=");
  if (end < 1) {
    throw new UsageError(
      "A value of --set does not begin with a key and =",
      `Write e.g. --set 'tone="formal"'`,
    );
  }
  const key = text.slice(0, end);
  return [
    key,
    parseJson(
      text.slice(end + 1),
      `The value of --set ${key}`,
      `Write a text in double quotes, and quote it for the shell: --set '${key}="..."'`,
    ),
  ];
}

/** Makes the next configuration: that of --config or the stored one, then each change. */
async function nextConfig(
  run: CommandRun,
  stored: unknown,
  { config, set = [], unset = [] }: ConfigureFlags,
): Promise<JsonObject> {
  if (config === undefined && set.length === 0 && unset.length === 0) {
    throw new UsageError(
      "No configuration is given",
      "Add --set key=value, --unset key, or --config FILE",
    );
  }
  const base = config === undefined
    ? toConfig(stored ?? {}, "The stored configuration")
    : await readConfig(run, config);
  const entries = new Map<string, unknown>(Object.entries(base));
  for (const key of unset) {
    if (entries.delete(key)) continue;
    throw new UsageError(
      `The configuration has no key ${quote(key)} of --unset`,
      entries.size === 0
        ? "It is empty"
        : `Name one of its keys: ${[...entries.keys()].map(quote).join(", ")}`,
    );
  }
  for (const one of set) entries.set(...parseSetting(one));
  return toConfig(Object.fromEntries(entries), "The configuration");
}

/** The new configuration was made from the one that this command read. */
function assertUnchanged(id: string, now: unknown, before: unknown): void {
  if (JSON.stringify(now) === JSON.stringify(before)) return;
  throw errorOf(id, [{
    code: "PLUGIN_STATE_CONFLICT",
    message: `Cannot configure plugin "${id}": somebody else did so meanwhile`,
    remedy: "Look at its configuration, then try again",
  }]);
}

export function configureCommand(run: CommandRun): Command {
  async function configure(
    id: string,
    sources: readonly string[],
    flags: ConfigureFlags,
  ): Promise<Outcome> {
    using editor = await StateEditor.open(run, sources, flags);
    const { inspection, inspector, settings } = editor;
    const plugin = editor.find("configure", id);
    const stored = inspection.configs.get(id);
    const config = await nextConfig(run, stored, flags);
    const changed = changedKeys(stored, config);
    try {
      const problems = unreadConfigProblems(
        settings,
        plugin,
        inspector.declarationOf(plugin),
        config,
      );
      if (problems.length > 0) throw errorOf(id, problems);
      // The host's own configuration is unknown, so an empty one may differ from it.
      if (stored === undefined || changed.length > 0) {
        await editor.change(
          [id],
          (current) => {
            assertUnchanged(id, current.plugins.get(id)?.config, stored);
            return configuring(current, id, config);
          },
          () => [{
            action: "plugin.config.updated",
            plugin,
            by: flags.by,
            keys: changed,
          }],
        );
      }
    } catch (thrown) {
      editor.fail("plugin.config.failed", plugin, flags.by, thrown);
    }
    if (stored === undefined) {
      run.note(
        `No configuration of ${
          quote(id)
        } was stored before: this one replaces ` +
          "the whole one that the host has in its option config",
      );
    }
    const result: ConfigureResult = { id, changed, ...editor.result };
    return {
      result,
      text: formatChange(
        run,
        changed.length === 0
          ? `The stored configuration of plugin "${id}" was the same already`
          : `Plugin "${id}" is now configured anew: ${changed.join(", ")}`,
        changed.length === 0 ? undefined : EFFECT,
      ),
      exitCode: 0,
    };
  }

  return addChangeOptions(
    new Command("configure")
      .summary("configure a plugin in the state file of a host")
      .description(
        "Changes the configuration of a plugin in the state file of a host. A host takes it when it starts, " +
          "and then checks it by the plugin's own schema, which is code; this command runs no plugin code. " +
          "A secret is refused: name its variable, e.g. --set 'api_key_env=\"API_KEY\"'.",
      )
      .argument("<id>", "the plugin")
      .argument("<source...>", "the sources of the host, to find the plugin in")
      .option(
        "--set <key=value>",
        "set a key to a JSON value; repeatable",
        collect,
      )
      .option("--unset <key>", "remove a key; repeatable", collect)
      .option(
        "--config <file>",
        "begin with the object of a JSON file, or of - for standard input, instead of the stored one",
      ),
  )
    .option("--json", "print the result as JSON")
    .action((id: string, sources: readonly string[], flags: ConfigureFlags) =>
      run.run("configure", flags.json, () => configure(id, sources, flags))
    );
}
