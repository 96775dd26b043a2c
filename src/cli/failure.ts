import { PluginError } from "../base/errors.ts";
import { formatFlags } from "../permissions/permission_flags.ts";
import { parseNotCapable } from "../permissions/permission_remedy.ts";
import { jsrHost } from "../permissions/permission_states.ts";
import { formatEntry } from "../permissions/permission_set.ts";
import { describeThrown } from "../base/text.ts";

/** Thrown when a command was called in a way that it cannot work with. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** The reason why a command failed, without a stack. */
export interface Failure {
  readonly code?: string;
  readonly message: string;
  readonly remedy: string;
}

// --allow-import replaces the hosts that Deno imports this program from.
function keptBeside(kind: string, value: string): string {
  const jsr = jsrHost();
  return kind === "import" && value !== jsr ? `${value},${jsr}` : value;
}

function describeNotCapable(thrown: unknown): Failure | undefined {
  const [need] = parseNotCapable(thrown);
  if (need === undefined || need.kind === "all") return undefined;
  const { kind, value } = need;
  const entry = value === undefined ? { kind } : { kind, value };
  // No flag can name a value that ends in a comma or a line break.
  const flag = value === undefined || /,|[\r\n]$/.test(value)
    ? `--allow-${kind}`
    : formatFlags([`--allow-${kind}=${keptBeside(kind, value)}`]);
  return {
    code: "PLUGIN_PERMISSION_MISSING",
    message: `This command needs permission ${formatEntry(entry)}`,
    remedy: `Run it with ${flag}`,
  };
}

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
    message: `The command failed: ${describeThrown(thrown)}`,
    remedy: "Check its arguments; if they are right, report this error",
  };
}
