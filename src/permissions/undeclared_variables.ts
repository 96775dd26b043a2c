import { PluginError } from "../errors.ts";
import { quote } from "../text.ts";
import type { PermissionSet } from "./permission_set.ts";
import { SetIndex } from "./set_index.ts";
import { valueFault } from "./value_fault.ts";

/** Variables of the environment to take out of what is granted. */
export interface DenialOptions {
  /**
   * Variables that shall stay unreadable: reading one throws.
   *
   * @default {[]}
   */
  readonly denyEnv?: readonly string[] | undefined;
  /**
   * Variables that shall read as if they were not set.
   *
   * @default {[]}
   */
  readonly ignoreEnv?: readonly string[] | undefined;
}

function check(name: string): string {
  const fault = valueFault("env", name, undefined);
  if (fault === undefined) return name;
  throw new PluginError(
    `Cannot deny the variable ${quote(name)}: it ${fault.fault}`,
    { code: "PLUGIN_OPTION_INVALID", remedy: fault.remedy },
  );
}

/**
 * Which of the variables that an operator wants to keep back can be kept back:
 * those that nobody declares, by name or by a wildcard such as `AWS_*`. Whoever
 * declares the whole environment names none of them, and may go without.
 *
 * @param set A set in normal form.
 * @param options The variables to keep back.
 * @returns Those to deny and those to ignore, sorted; none when the set does
 * not touch the environment at all.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when one is not the name of a
 * variable.
 */
export function undeclaredVariables(
  set: PermissionSet,
  { denyEnv = [], ignoreEnv = [] }: DenialOptions,
): Readonly<{ deny: readonly string[]; ignore: readonly string[] }> {
  const list = set.env;
  const names = list === true ? [] : list?.filter((name) => name !== "*") ?? [];
  const declared = new SetIndex(names.length === 0 ? {} : { env: names });
  const free = (wanted: readonly string[]) =>
    list === undefined
      ? []
      : [...new Set(wanted.map(check))].filter((name) =>
        !declared.covers({ kind: "env", value: name })
      ).sort();
  const deny = free(denyEnv);
  return {
    deny,
    ignore: free(ignoreEnv).filter((name) => !deny.includes(name)),
  };
}
