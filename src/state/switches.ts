/**
 * The switches of the environment that keep external plugins out.
 *
 * @module
 */

import { cut, quote } from "../base/text.ts";

/** The variable that switches all external plugins. */
const PLUGINS_SWITCH = "SEMANTIK_ENABLE_PLUGINS";

/** Stands for every switch in a list of variables, whatever types there are. */
export const SWITCHES_PATTERN = "SEMANTIK_ENABLE_*";

/** The flag that lets every switch be read. */
export const SWITCHES_FLAG: string = `--allow-env=${SWITCHES_PATTERN}`;

/**
 * Writes the remedy for switches that may not be read.
 *
 * @param isDenied Whether a flag denies or ignores one of them.
 * @returns The remedy, in one line.
 */
export function switchRemedy(isDenied: boolean): string {
  const grant = `Start the host with --allow-env='${SWITCHES_PATTERN}', or ` +
    "with its option switches: false";
  return isDenied
    ? `${grant}; remove the flag that denies or ignores a switch by name`
    : grant;
}

/** What asking for a variable came to. */
export type SwitchReading =
  | { readonly kind: "set"; readonly value: string }
  | { readonly kind: "unset" }
  /** This process may not read it. */
  | { readonly kind: "unreadable" };

/** One switch, read. */
export interface Switch {
  /** The variable. */
  readonly name: string;
  /** Whether it lets external plugins in. */
  readonly on: boolean;
  /** Whether the variable was there, and could be understood. */
  readonly kind: "on" | "off" | "unclear" | "unset" | "unreadable";
  /** What a person should be told, in one line. */
  readonly warning?: string;
}

/** Every switch of a host, read once. */
export interface Switches {
  /** The switch of all external plugins. */
  readonly every: Switch;
  /** The switches by plugin type. */
  readonly byType: ReadonlyMap<string, Switch>;
}

/** Whether external plugins of a type are let in, and by which switch not. */
export type SwitchDecision =
  | { readonly on: true }
  | {
    readonly on: false;
    /** The variable that keeps them out. */
    readonly name: string;
    /** Why, in one line. */
    readonly reason: string;
  };

const ON: ReadonlySet<string> = new Set(["1", "true", "yes", "on"]);
const OFF: ReadonlySet<string> = new Set(["0", "false", "no", "off"]);

/**
 * Names the variable that switches the external plugins of one type.
 *
 * @param type The type, e.g. `embedding`.
 * @returns The variable, e.g. `SEMANTIK_ENABLE_EMBEDDING_PLUGINS`.
 */
export function typeSwitch(type: string): string {
  return `SEMANTIK_ENABLE_${type.toUpperCase()}_PLUGINS`;
}

/**
 * Names every variable that is read, for `--allow-env`.
 *
 * @param types The types of plugins that there are.
 * @returns The variables, each once: the one of all plugins first.
 */
export function switchNames(types: Iterable<string>): readonly string[] {
  return [...new Set([PLUGINS_SWITCH, ...Array.from(types, typeSwitch)])];
}

function readSwitch(name: string, reading: SwitchReading): Switch {
  if (reading.kind === "unset") return { name, on: true, kind: "unset" };
  if (reading.kind === "unreadable") {
    return {
      name,
      on: true,
      kind: "unreadable",
      warning: `The switch ${name} counts as unset: this process may not ` +
        `read it, which --allow-env='${SWITCHES_PATTERN}' would permit`,
    };
  }
  const word = reading.value.trim().toLowerCase();
  if (ON.has(word)) return { name, on: true, kind: "on" };
  if (OFF.has(word)) return { name, on: false, kind: "off" };
  return {
    name,
    on: false,
    kind: "unclear",
    // Who mixed two variables up has a secret here: a beginning is enough.
    warning: `The switch ${name} counts as off: ` +
      `${quote(cut(reading.value, 12))} is neither on nor off; ` +
      "write 1, true, yes or on, or 0, false, no or off",
  };
}

/**
 * Reads the switches.
 *
 * In any case and with space around, `1`, `true`, `yes` and `on` mean on, and
 * `0`, `false`, `no` and `off` mean off. Anything else means off, with a
 * warning: also the empty text. Unset means on. What may not be read counts as
 * unset, with a warning.
 *
 * @example A switch that nobody can misunderstand the wrong way
 * ```ts
 * import { decideSwitch, readSwitches } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * const environment = new Map([["SEMANTIK_ENABLE_READER_PLUGINS", " disabled"]]);
 * const switches = readSwitches((name) => {
 *   const value = environment.get(name);
 *   return value === undefined ? { kind: "unset" } : { kind: "set", value };
 * }, ["reader", "embedding"]);
 *
 * assertEquals(decideSwitch(switches, "reader").on, false);
 * assertEquals(decideSwitch(switches, "embedding").on, true);
 * ```
 *
 * @param get Reads one variable. It is called once for each.
 * @param types The types of plugins that there are.
 * @returns The switches.
 */
export function readSwitches(
  get: (name: string) => SwitchReading,
  types: Iterable<string>,
): Switches {
  const every = Object.freeze(
    readSwitch(PLUGINS_SWITCH, get(PLUGINS_SWITCH)),
  );
  const byType = new Map<string, Switch>();
  for (const type of types) {
    if (byType.has(type)) continue;
    const name = typeSwitch(type);
    byType.set(type, Object.freeze(readSwitch(name, get(name))));
  }
  return Object.freeze({ every, byType });
}

/**
 * Decides whether external plugins of a type are let in: only if no switch
 * keeps them out.
 *
 * @param switches The switches.
 * @param type The type.
 * @returns Yes, or the switch that keeps them out. A type whose switch was not
 * read is kept out.
 */
export function decideSwitch(
  switches: Switches,
  type: string,
): SwitchDecision {
  const own = switches.byType.get(type);
  if (own === undefined) {
    const name = typeSwitch(type);
    return { on: false, name, reason: `${name} was not read` };
  }
  const off = [switches.every, own].find(({ on }) => !on);
  if (off === undefined) return { on: true };
  return {
    on: false,
    name: off.name,
    reason: off.warning ?? `${off.name} is off`,
  };
}

/**
 * Collects what a person should be told about the switches, each once.
 *
 * @param switches The switches.
 * @returns The switches that have a warning.
 */
export function switchWarnings(
  { every, byType }: Switches,
): readonly Switch[] {
  return [every, ...byType.values()].filter(({ warning }) =>
    warning !== undefined
  );
}

/**
 * Reports if every switch can be read.
 *
 * @param switches The switches.
 * @returns False when one counts as unset because it may not be read.
 */
export function areReadable({ every, byType }: Switches): boolean {
  return [every, ...byType.values()].every(({ kind }) => kind !== "unreadable");
}

/** The environment and the permissions, as far as a switch needs them. */
export interface SwitchSystem {
  /** Whether a variable may be read. Asks nobody. */
  permission(variable: string): Deno.PermissionState;
  /** Whether reading what is neither granted nor denied could ask a person. */
  canPrompt(): boolean;
  /** Reads a variable. */
  get(variable: string): string | undefined;
}

/** The real ones. */
const denoSwitchSystem: SwitchSystem = {
  permission: (variable) =>
    Deno.permissions.querySync({ name: "env", variable }).state,
  canPrompt: () => Deno.stdin.isTerminal() && Deno.stderr.isTerminal(),
  get: (variable) => Deno.env.get(variable),
};

/**
 * Reads a variable of the process, and never asks anybody for the permission.
 *
 * Reading needs `env` permission for the variable; without it, the answer is
 * that it is unreadable.
 *
 * @param name The variable.
 * @param system The environment and the permissions.
 * @returns What is there.
 */
export function readProcessSwitch(
  name: string,
  system: SwitchSystem = denoSwitchSystem,
): SwitchReading {
  const state = system.permission(name);
  if (state === "denied" || (state === "prompt" && system.canPrompt())) {
    return { kind: "unreadable" };
  }
  try {
    const value = system.get(name);
    return value === undefined ? { kind: "unset" } : { kind: "set", value };
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotCapable) return { kind: "unreadable" };
    // It is set to something that is no text, which must not count as unset.
    return { kind: "set", value: "\ufffd" };
  }
}
