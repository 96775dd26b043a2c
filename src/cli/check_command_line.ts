import { cut, escapeControls } from "../base/text.ts";
import { withoutReadableSwitches } from "../inspect/permission_needs.ts";
import type { PermissionReport } from "../inspect/permission_report.ts";
import { normalForm } from "../permissions/normalize_permissions.ts";
import {
  entriesOf,
  formatEntry,
  type PermissionEntry,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import { formatFlags } from "../permissions/permission_flags.ts";
import { permissionKey } from "../permissions/permission_states.ts";
import {
  covers,
  difference,
  SetIndex,
  union,
} from "../permissions/set_algebra.ts";
import { switchNames } from "../state/switches.ts";
import type { DenoCommand } from "./deno_command/parse_deno_command.ts";
import { formatCommand, formatIds, joinLines, wrapLine } from "./format.ts";
import type { Screen } from "../base/terminal_text.ts";

/** A flag that denies a missing permission. */
export interface CommandDenial {
  readonly entry: PermissionEntry;
  readonly flag: string;
  /** True if a flag `--allow-*` for just this permission would win. */
  readonly yields: boolean;
}

/** The differences between a command line and the needed permissions. */
export interface CommandLineCheck {
  readonly script: string | undefined;
  /** The granted permissions, including those that need no flag. */
  readonly granted: PermissionSet;
  /** The needed permissions that are not granted, or denied in part. */
  readonly missing: readonly PermissionEntry[];
  /** The flags that deny missing permissions. */
  readonly denials: readonly CommandDenial[];
  /** The granted permissions that nobody declares. */
  readonly surplus: readonly PermissionEntry[];
  /** Things that the command line alone does not show, as messages. */
  readonly unknown: readonly string[];
  readonly noPrompt: boolean;
  /** True if undeclared variables throw but should read as unset. */
  readonly lacksIgnoreEnv: boolean;
}

/**
 * Returns the entries of a set that a command line does not grant. Entries that
 * are granted except for a part of them count as granted.
 */
export function missingInCommand(
  needed: PermissionSet,
  { rules }: DenoCommand,
): readonly PermissionEntry[] {
  return entriesOf(needed).filter((entry) => !rules.grants(entry));
}

/**
 * Returns the denied or ignored parts of needed values, e.g. a directory within a
 * needed one. Leaves out parts of a whole kind: a host hides its secrets that way.
 */
function deniedParts(
  needed: PermissionSet,
  { rules }: DenoCommand,
): readonly PermissionEntry[] {
  const index = new SetIndex(needed);
  const parts = rules.all.map(({ entry }) => entry).filter((entry) =>
    entry.value !== undefined && needed[entry.kind] !== true &&
    index.covers(entry) && !rules.grants(entry)
  );
  return entriesOf(normalForm(parts));
}

function denialsInCommand(
  missing: readonly PermissionEntry[],
  { rules }: DenoCommand,
): readonly CommandDenial[] {
  return missing.flatMap((entry): readonly CommandDenial[] => {
    const { rule, yields } = rules.decide(entry);
    if (rule === undefined) return [];
    const { verdict, entry: { kind, value } } = rule;
    const list = value === undefined ? "" : `=${value}`;
    return [{ entry, flag: `--${verdict}-${kind}${list}`, yields }];
  });
}

/**
 * Returns the permissions that a command line grants and nobody declares. Includes
 * a whole kind if only a part of it is declared, and Deno's default import hosts.
 */
export function commandSurplus(
  { rules }: DenoCommand,
  declared: PermissionSet,
): PermissionSet {
  const granted = rules.all.filter(({ verdict, entry }) =>
    verdict === "allow" && rules.grants(entry)
  );
  return difference(normalForm(granted.map(({ entry }) => entry)), declared);
}

/**
 * Compares a command line with needed and optional permissions, for the plugin
 * types that a switch may turn off. `ignoreEnv` requires that undeclared variables
 * read as unset.
 */
export function checkCommandLine(
  command: DenoCommand,
  needed: PermissionSet,
  optional: PermissionSet,
  types: readonly string[],
  ignoreEnv: boolean | undefined,
): CommandLineCheck {
  const { script, granted, ignored, unknown, noPrompt } = command;
  const unread = missingInCommand({ env: switchNames(types) }, command);
  // If the whole environment is granted, there is nothing to ignore.
  const readsUnset = covers(union(granted, ignored), { env: ["*"] });
  const whole = missingInCommand(needed, command);
  const keys = new Set(whole.map(permissionKey));
  const parts = deniedParts(needed, command)
    .filter((entry) => !keys.has(permissionKey(entry)));
  const missing = withoutReadableSwitches(
    [...whole, ...parts],
    unread.length === 0,
  );
  return {
    script,
    granted,
    unknown,
    noPrompt,
    missing,
    denials: denialsInCommand(missing, command),
    surplus: entriesOf(commandSurplus(command, union(needed, optional))),
    lacksIgnoreEnv: ignoreEnv === true && !readsUnset,
  };
}

/** Quotes a word for a shell; no quoting keeps a line break at its end. */
export function shellWord(word: string): string {
  return word.endsWith("\n") ? escapeControls(word) : formatFlags([word]);
}

function formatMissing(
  entry: PermissionEntry,
  { denials }: CommandLineCheck,
  report: PermissionReport,
): string {
  const key = permissionKey(entry);
  const ids = report.plugins
    .filter(({ required }) =>
      entriesOf(required).some((one) => permissionKey(one) === key)
    )
    .map(({ id }) => id);
  const needed = formatEntry(entry) +
    (ids.length === 0 ? "" : `, for ${formatIds(ids)}`);
  const denial = denials.find((one) => one.entry === entry);
  if (denial === undefined) return needed;
  const flag = shellWord(cut(denial.flag, 200));
  return denial.yields
    ? `${needed}; ${flag} denies it, and the narrower --allow-${entry.kind} wins`
    : `${needed}; remove ${flag}`;
}

function formatSurplus(
  entry: PermissionEntry,
  { declared }: PermissionReport,
): string {
  const isPart = declared[entry.kind] !== undefined &&
    entry.value === undefined;
  return `${formatEntry(entry)}, ${
    isPart ? "of which only a part is declared" : "which nobody declares"
  }`;
}

export function formatCheck(
  check: CommandLineCheck,
  report: PermissionReport,
  screen: Screen,
): string {
  const { paint } = screen;
  const { missing, surplus, unknown, noPrompt, lacksIgnoreEnv } = check;
  const { script = "main.ts" } = check;
  const [red, yellow] = [paint.red("missing"), paint.yellow("surplus")];
  const lines = [
    ...missing.map((one) => `${red}  ${formatMissing(one, check, report)}`),
    ...lacksIgnoreEnv
      ? [
        `${red}  --ignore-env; without it, an undeclared variable ` +
        "throws instead of reading as unset",
      ]
      : [],
    ...surplus.map((one) => `${yellow}  ${formatSurplus(one, report)}`),
    ...unknown.map((what) =>
      `${paint.yellow("unknown")}  ${escapeControls(what)}`
    ),
    ...noPrompt ? [] : [
      `${paint.dim("advice")}   Add --no-prompt, so that Deno never prompts`,
    ],
  ];
  const shown = lines.flatMap((line) => wrapLine(line, screen));
  const isFine = missing.length + surplus.length === 0 && !lacksIgnoreEnv;
  if (isFine && unknown.length === 0) {
    shown.unshift(
      paint.green("The command line grants exactly what is needed"),
    );
  } else if (isFine) {
    shown.push(...wrapLine(
      "Unknown parts may grant more: check them, or use flags instead",
      screen,
    ));
  } else if (report.flagLine !== "") {
    shown.push(
      "",
      "The flags for exactly what is needed:",
      ...formatCommand(
        `deno run ${report.flagLine} ${shellWord(script)}`,
        screen,
      ),
    );
  }
  const lacking = missing.length + Number(lacksIgnoreEnv);
  return joinLines([
    ...shown,
    "",
    [
      `${lacking} missing`,
      `${surplus.length} surplus`,
      ...unknown.length === 0 ? [] : [`${unknown.length} unknown`],
    ].join(", "),
  ]);
}
