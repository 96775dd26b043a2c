/** Writes a trust file in one form, so that a difference shows what changed. Pure. */

import type { PluginsTrust, TrustedKey } from "./trust.ts";
import { TRUST_LEVELS } from "./trust.ts";
import { compareBytes } from "./tree.ts";

function sorted<Value>(
  record: Readonly<Record<string, Value>>,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(record).sort(([one], [other]) => compareBytes(one, other)),
  );
}

/** Leaves out the fingerprint, which follows from the key. */
function writtenKey({ key, validFrom, validUntil }: TrustedKey) {
  return { key, validFrom, validUntil };
}

/** Returns a list or an object, unless it is empty. */
function unlessEmpty<Value extends object>(value: Value): Value | undefined {
  return Object.keys(value).length === 0 ? undefined : value;
}

/**
 * Writes a trust file as the text of a `plugins.trust.json`: every field in a
 * certain order, and parts that are empty left out.
 *
 * @example An empty trust file
 * ```ts
 * import { formatTrust, parseTrust } from "@semantik/plugins/provenance";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const text = '{\n  "trustVersion": 1,\n  "serial": 1,\n  "publishers": {}\n}\n';
 * const result = await parseTrust(text);
 *
 * assert(result.ok);
 * assertEquals(formatTrust(result.trust), text);
 * ```
 *
 * @param trust The contents.
 * @returns The text, with a line feed at its end.
 */
export function formatTrust(
  { $schema, serial, refreshBy, publishers, lockKeys, revoked, levels }:
    PluginsTrust,
): string {
  const { keys, trees, plugins } = revoked;
  const content = {
    $schema,
    trustVersion: 1,
    serial,
    refreshBy,
    publishers: Object.fromEntries(
      Object.entries(sorted(publishers)).map(([name, publisher]) => [name, {
        keys: publisher.keys.map(writtenKey),
        plugins: publisher.plugins,
      }]),
    ),
    lockKeys: unlessEmpty(lockKeys.map(writtenKey)),
    revoked: unlessEmpty(Object.fromEntries(
      Object.entries({ keys: sorted(keys), trees: sorted(trees), plugins })
        .filter(([, value]) => unlessEmpty(value) !== undefined),
    )),
    levels: unlessEmpty(
      Object.fromEntries(
        TRUST_LEVELS.filter((level) => levels[level] !== undefined)
          .map((level) => [level, levels[level]]),
      ),
    ),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
