import { cut, quote } from "../base/text.ts";

const PLUGINS_SWITCH = "SEMANTIK_ENABLE_PLUGINS";

/** Matches every switch in a list of variables, whatever plugin types exist. */
export const SWITCHES_PATTERN = "SEMANTIK_ENABLE_*";

/** The flag that lets every switch be read. */
export const SWITCHES_FLAG: string = `--allow-env=${SWITCHES_PATTERN}`;

/**
 * Returns the remedy for unreadable switches.
 *
 * @param isDenied True if a flag denies or ignores one of them.
 */
export function switchRemedy(isDenied: boolean): string {
  const grant = `Start the host with --allow-env='${SWITCHES_PATTERN}', or ` +
    "with its option switches: false";
  return isDenied
    ? `${grant}; remove the flag that denies or ignores a switch by name`
    : grant;
}

/** The result of reading the variable of a switch. */
export type SwitchReading =
  | { readonly kind: "set"; readonly value: string }
  | { readonly kind: "unset" }
  /** The process may not read it. */
  | { readonly kind: "unreadable" };

/** The setting of one switch. */
export interface Switch {
  /** The variable. */
  readonly name: string;
  /** True if it admits external plugins. */
  readonly on: boolean;
  /** The state of the variable; `unclear` is neither on nor off. */
  readonly kind: "on" | "off" | "unclear" | "unset" | "unreadable";
  /** A warning for the operator, in one line. */
  readonly warning?: string;
}

/** The settings of all switches of a host, read once. */
export interface Switches {
  /** The switch of all external plugins. */
  readonly every: Switch;
  /** The switches by plugin type. */
  readonly byType: ReadonlyMap<string, Switch>;
}

/** Admits external plugins of a type, or names the switch that does not. */
type SwitchDecision =
  | { readonly on: true }
  | {
    readonly on: false;
    /** The variable that keeps them out. */
    readonly name: string;
    /** The reason, in one line. */
    readonly reason: string;
  };

const ON: ReadonlySet<string> = new Set(["1", "true", "yes", "on"]);
const OFF: ReadonlySet<string> = new Set(["0", "false", "no", "off"]);

/** Returns the variable for a plugin type, e.g. `SEMANTIK_ENABLE_EMBEDDING_PLUGINS`. */
export function typeSwitch(type: string): string {
  return `SEMANTIK_ENABLE_${type.toUpperCase()}_PLUGINS`;
}

/**
 * Returns every variable that is read, for `--allow-env`.
 *
 * @param types The plugin types.
 * @returns The variables, without duplicates; the one for all plugins first.
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
    // Somebody who mixed up two variables has a secret here: show its beginning.
    warning: `The switch ${name} counts as off: ` +
      `${quote(cut(reading.value, 12))} is neither on nor off; ` +
      "write 1, true, yes or on, or 0, false, no or off",
  };
}

/**
 * Reads the switches.
 *
 * `1`, `true`, `yes` and `on` mean on; `0`, `false`, `no` and `off` mean off.
 * Case and surrounding space do not matter. Any other text, including the empty
 * one, means off, with a warning. Unset means on. An unreadable variable counts
 * as unset, with a warning.
 *
 * @param get Reads a variable. It is called once for each.
 * @param types The plugin types.
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
 * Admits external plugins of a type unless a switch keeps them out.
 *
 * @param switches The switches.
 * @param type The plugin type.
 * @returns The decision, with the switch that keeps them out. A type whose
 * switch was not read is kept out.
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
 * Returns the switches that have a warning.
 *
 * @param switches The switches.
 * @returns Those with a warning.
 */
export function switchWarnings(
  { every, byType }: Switches,
): readonly Switch[] {
  return [every, ...byType.values()].filter(({ warning }) =>
    warning !== undefined
  );
}

/** Returns false if a switch counts as unset because it may not be read. */
export function areReadable({ every, byType }: Switches): boolean {
  return [every, ...byType.values()].every(({ kind }) => kind !== "unreadable");
}

/** The part of Deno that a switch needs: the environment and its permission. */
export interface SwitchSystem {
  /** Queries the permission to read a variable. Never prompts. */
  permission(variable: string): Deno.PermissionState;
  /** Reports if Deno would prompt for what is neither granted nor denied. */
  canPrompt(): boolean;
  get(variable: string): string | undefined;
}

const denoSwitchSystem: SwitchSystem = {
  permission: (variable) =>
    Deno.permissions.querySync({ name: "env", variable }).state,
  canPrompt: () => Deno.stdin.isTerminal() && Deno.stderr.isTerminal(),
  get: (variable) => Deno.env.get(variable),
};

/** Reads a variable of the process. Needs `env` permission for it, and never prompts. */
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
    // It is set, but not to text, and must not count as unset.
    return { kind: "set", value: "\ufffd" };
  }
}

/** Lists the types whose external plugins are kept out. */
export function switchedOffBy(
  switches: Switches | undefined,
): readonly string[] {
  return switches === undefined ? [] : [...switches.byType.keys()]
    .filter((type) => !decideSwitch(switches, type).on);
}
