import { comparisonKey } from "./coverers.ts";
import { difference } from "./difference.ts";
import { entriesOf } from "./entries_of.ts";
import { normalForm } from "./normal_form.ts";
import type { DenoCommand } from "./parse_deno_command.ts";
import type { PermissionEntry, PermissionSet } from "./permission_set.ts";

function keyOf({ kind, value }: PermissionEntry): string {
  return value === undefined ? kind : `${kind}:${comparisonKey(kind, value)}`;
}

/**
 * What a command line grants and nobody declared, exactly.
 *
 * A whole kind of which a part is declared stays in it as a whole: what
 * replaces its flag is what was declared.
 *
 * @example A flag too many
 * ```ts
 * import { commandSurplus, parseDenoCommand } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * const command = parseDenoCommand([
 *   "deno", "run", "-N", "--allow-env=A,B", "--allow-import=jsr.io:443", "main.ts",
 * ]);
 *
 * assertEquals(
 *   commandSurplus(command, {
 *     net: ["a.example:443"],
 *     env: ["A"],
 *     import: ["jsr.io:443"],
 *   }),
 *   { net: true, env: ["B"] },
 * );
 * ```
 *
 * @param command What `parseDenoCommand` read.
 * @param declared All that the host and its plugins declare.
 * @returns The entries that are granted and not denied, and that nothing
 * declared covers. Deno's default import hosts are among them, since nobody
 * asked for them either.
 */
export function commandSurplus(
  command: DenoCommand,
  declared: PermissionSet,
): PermissionSet {
  // Deno weighs the narrower of two flags more: only the same value, denied,
  // voids a grant altogether.
  const voided = new Set(
    [command.denied, command.ignored].flatMap((set) =>
      entriesOf(set).map(keyOf)
    ),
  );
  const effective = entriesOf(command.granted).filter((entry) =>
    !voided.has(keyOf(entry))
  );
  return difference(normalForm(effective), declared);
}
