/**
 * What a command could not do, in words.
 *
 * @module
 */

import { PluginError } from "../base/errors.ts";
import { formatFlags } from "../permissions/format_flags.ts";
import { parseNotCapable } from "../permissions/parse_not_capable.ts";
import { formatEntry } from "../permissions/permission_set.ts";
import { describeThrown } from "../base/text.ts";
import { UsageError } from "./usage_error.ts";

/** Why a command could not do what it was asked for. Holds no stack. */
export interface Failure {
  /** The stable code, where there is one. */
  readonly code?: string;
  /** What is the case. */
  readonly message: string;
  /** What a person can do about it. */
  readonly remedy: string;
}

function describeNotCapable(thrown: unknown): Failure | undefined {
  const [need] = parseNotCapable(thrown);
  if (need === undefined || need.kind === "all") return undefined;
  const { kind, value } = need;
  const entry = value === undefined ? { kind } : { kind, value };
  // A comma or a line break at the end is what no flag can say.
  const flag = value === undefined || /,|[\r\n]$/.test(value)
    ? `--allow-${kind}`
    : formatFlags([`--allow-${kind}=${value}`]);
  return {
    code: "PLUGIN_PERMISSION_MISSING",
    message: `This command needs permission ${formatEntry(entry)}`,
    remedy: `Run it with ${flag}`,
  };
}

/**
 * Says what went wrong, whatever was thrown.
 *
 * @param thrown What was thrown.
 * @returns What to tell a person.
 */
export function describeFailure(thrown: unknown): Failure {
  if (thrown instanceof UsageError) {
    return { message: thrown.message, remedy: thrown.remedy };
  }
  const permission = describeNotCapable(thrown);
  if (permission !== undefined) return permission;
  if (thrown instanceof PluginError) {
    const { code, message, remedy } = thrown;
    return { code, message, remedy };
  }
  return {
    message: `The command ended early: ${describeThrown(thrown)}`,
    remedy: "Check what it was given; if that is right, report this line",
  };
}
