import { PluginError } from "../../base/errors.ts";
import { quote } from "../../base/text.ts";
import { CommandRules } from "./command_rules.ts";
import {
  type DenoArguments,
  denoArguments,
  RUNNERS,
} from "./deno_arguments.ts";
import {
  DEFAULT_IMPORT_HOSTS,
  formatNetEndpoint,
  parseNetEndpoint,
  PERMISSION_KINDS,
  type PermissionEntry,
  type PermissionKind,
  type PermissionSet,
} from "../../permissions/permission_set.ts";
import {
  normalForm,
  normalValues,
} from "../../permissions/normalize_permissions.ts";
import { resolvePath } from "../../base/path.ts";
import { isPath, valueFault } from "../../permissions/check_declaration.ts";

/** The permissions that a Deno command line grants. */
export type DenoCommand = Readonly<{
  /** The subcommand, `"run"` by default. */
  subcommand: string;
  script: string | undefined;
  /** The permissions of the flags, and those that Deno grants without a flag. */
  granted: PermissionSet;
  /** The permissions of `--ignore-*`. */
  ignored: PermissionSet;
  /** Each value of each flag, and the permissions that Deno grants without a flag. */
  rules: CommandRules;
  noPrompt: boolean;
  /** Things that the command line alone does not show, as messages. */
  unknown: readonly string[];
}>;

// Any other script may be the name of a task.
const MODULE_REGEXP =
  /\.(?:[cm]?[jt]sx?|json|wasm)$|^(?:https?|file|data|blob|jsr|npm|node):|^-$/i;

/** Reads the values of flags, and collects messages about unreadable ones. */
class Reader {
  readonly unknown: string[] = [];
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  #value(kind: PermissionKind, value: string, flag: string): string[] {
    if (value === "") {
      throw new PluginError(
        `Cannot read the command line: the flag "--${flag}" has an empty value, and Deno does not start`,
        {
          code: "PLUGIN_OPTION_INVALID",
          remedy: "Remove the equals sign or the comma",
        },
      );
    }
    if (isPath(kind, value, Deno.build.os === "windows")) {
      return [resolvePath(value, this.#directory)];
    }
    const fault = valueFault(kind, value, undefined);
    if (fault === undefined) return [...normalValues(kind, value)];
    this.unknown.push(
      `the grant of ${quote(value)} in the flag "--${flag}": it ${fault.fault}`,
    );
    return [];
  }

  /** Returns the address that `deno serve` may listen on without a flag. */
  served({ flags }: DenoArguments): readonly PermissionEntry[] {
    const host = flags.get("host")?.at(-1) ?? "0.0.0.0";
    const written = Number(flags.get("port")?.at(-1) ?? "8000");
    const port = Number.isInteger(written) && written <= 65_535 && written >= 0
      ? written
      : 8000;
    const value = host === "0.0.0.0" ? `:${port}` : `${host}:${port}`;
    return this.#value("net", value, "host")
      .map((each) => ({ kind: "net", value: each }));
  }

  entries(
    { flags }: DenoArguments,
    prefix: string,
  ): readonly PermissionEntry[] {
    return PERMISSION_KINDS.flatMap((kind): readonly PermissionEntry[] => {
      const flag = `${prefix}-${kind}`;
      const values = flags.get(flag);
      if (values === undefined) return [];
      // A flag without a value adds nothing to one with values.
      if (values.length === 0) return [{ kind }];
      return values.flatMap((value) => this.#value(kind, value, flag))
        .map((value) => ({ kind, value }));
    });
  }
}

function importHosts(command: DenoArguments): readonly PermissionEntry[] {
  if (command.flags.has("cached-only")) return [{ kind: "import" }];
  const url = URL.parse(command.script ?? "");
  const port = url?.port || { "https:": "443", "http:": "80" }[
    url?.protocol ?? ""
  ];
  const endpoint = url?.hostname && port
    ? parseNetEndpoint(`${url.hostname}:${port}`)
    : undefined;
  const hosts = endpoint === undefined || "fault" in endpoint
    ? DEFAULT_IMPORT_HOSTS
    : [...DEFAULT_IMPORT_HOSTS, formatNetEndpoint(endpoint)];
  return hosts.map((value) => ({ kind: "import", value }));
}

function implied(
  command: DenoArguments,
  reader: Reader,
  asked: readonly PermissionEntry[],
): readonly PermissionEntry[] {
  const all = command.flags.has("allow-all") || command.subcommand === "eval";
  if (all) return PERMISSION_KINDS.map((kind) => ({ kind }));
  return [
    ...(asked.some(({ kind }) => kind === "import")
      ? []
      : importHosts(command)),
    ...(command.subcommand === "serve" ? reader.served(command) : []),
  ];
}

function unknownParts(command: DenoArguments): readonly string[] {
  const { flags, subcommand, script, isNamed, faults } = command;
  const set = flags.get("permission-set");
  const scripts = flags.get("allow-scripts");
  const isTask = isNamed && subcommand === "run" && script !== undefined &&
    !MODULE_REGEXP.test(script);
  return [
    ...faults,
    ...(set === undefined ? [] : [
      `the grants of the permission set ${quote(set.at(-1) || "default")}: ` +
      'see "permissions" in deno.json',
    ]),
    ...(isTask
      ? [
        `the command and flags of ${quote(script)}: if it is a task, ` +
        'see "tasks" in deno.json or "scripts" in package.json',
      ]
      : []),
    ...(scripts === undefined ? [] : [
      "the effects of npm scripts under --allow-scripts: Deno's permissions do not apply to them",
    ]),
    ...(RUNNERS.has(subcommand) ? [] : [
      `the command and flags of the subcommand ${quote(subcommand)}${
        subcommand === "task" ? ': see "tasks" in deno.json' : ""
      }`,
    ]),
  ];
}

/**
 * Reads the permissions that a Deno command line grants when it is started in an
 * absolute directory.
 */
export function parseDenoCommand(
  args: readonly string[],
  directory: string = Deno.cwd(),
): DenoCommand {
  const command = denoArguments(args);
  const reader = new Reader(directory);
  const asked = reader.entries(command, "allow");
  const denied = reader.entries(command, "deny");
  const ignored = reader.entries(command, "ignore");
  const granted = [...asked, ...implied(command, reader, asked)];
  return Object.freeze({
    subcommand: command.subcommand,
    script: command.script,
    granted: normalForm(granted),
    ignored: normalForm(ignored),
    rules: new CommandRules([
      ...granted.map((entry) => ({ verdict: "allow", entry } as const)),
      ...denied.map((entry) => ({ verdict: "deny", entry } as const)),
      ...ignored.map((entry) => ({ verdict: "ignore", entry } as const)),
    ]),
    noPrompt: command.flags.has("no-prompt"),
    unknown: Object.freeze([...unknownParts(command), ...reader.unknown]),
  });
}
