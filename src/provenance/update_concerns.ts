/** Finds what an update of a locked plugin changes that a person must agree to. Pure. */

import { quote } from "../base/text.ts";
import type { TrustLevel } from "../manifest/manifest.ts";
import { isInRange } from "../manifest/version.ts";
import { formatEntry } from "../permissions/permission_set.ts";
import {
  addedPermissions,
  type DeclaredPermissions,
} from "./added_permissions.ts";
import type { LockedPublisher } from "./lock.ts";
import { isLowerTrust } from "./trust_of.ts";

/** One version of a plugin, as far as an update is judged by it. */
export interface UpdateSide extends DeclaredPermissions {
  /** The version. */
  readonly version: string;
  /** The level of trust. */
  readonly level: TrustLevel;
  /** Whoever signed it, if that counts. */
  readonly publisher?: LockedPublisher;
  /**
   * The time when it was published, in milliseconds since 1970.
   *
   * @default {undefined} unknown, and so never too young
   */
  readonly publishedAt?: number;
}

/** A change that an update must not make without a person's decision. */
export interface UpdateConcern {
  /**
   * `permissions`: it may do more. `publisher`: somebody else signed it. `level`:
   * it is trusted less. `age`: it is too young. `version`: it is older.
   */
  readonly kind: "permissions" | "publisher" | "level" | "age" | "version";
  /** The change, in a sentence. */
  readonly message: string;
}

const HOUR = 3_600_000;

/**
 * Lists what an update changes that a person must agree to. Without any, it may
 * be made.
 *
 * @example An update that asks for a program
 * ```ts
 * import { updateConcerns } from "@semantik/plugins/provenance";
 * import { assertEquals } from "@std/assert";
 *
 * const before = {
 *   version: "1.0.0",
 *   level: "local",
 *   permissions: {},
 *   optionalPermissions: {},
 * } as const;
 * const after = { ...before, version: "1.0.1", permissions: { run: ["git"] } };
 *
 * assertEquals(updateConcerns(before, after, { now: Date.now() }), [
 *   { kind: "permissions", message: 'It asks for run to "git"' },
 * ]);
 * ```
 *
 * @param before The version in the lock.
 * @param after The version to lock.
 * @param options The time, and the least age of a version.
 * @returns The concerns, in the order of the kinds.
 */
export function updateConcerns(
  before: UpdateSide,
  after: UpdateSide,
  { now, minAge = 0 }: {
    /** The time, in milliseconds since 1970. */
    readonly now: number;
    /**
     * The least age of a version, in milliseconds.
     *
     * @default {0}
     */
    readonly minAge?: number;
  },
): readonly UpdateConcern[] {
  const concerns = addedPermissions(before, after).map((entry) =>
    concern("permissions", `It asks for ${formatEntry(entry)}`)
  );
  const { publisher: old } = before;
  const { publisher, publishedAt } = after;
  if (old !== undefined && old.name !== publisher?.name) {
    const now = publisher === undefined ? "nobody" : quote(publisher.name);
    concerns.push(
      concern("publisher", `${quote(old.name)} published it, and now ${now}`),
    );
  }
  if (isLowerTrust(after.level, before.level)) {
    concerns.push(
      concern("level", `It was ${before.level}, and is ${after.level}`),
    );
  }
  const age = publishedAt === undefined ? Infinity : now - publishedAt;
  if (age < minAge) {
    const hours = Math.max(0, Math.floor(age / HOUR));
    const least = Math.ceil(minAge / HOUR);
    concerns.push(
      concern("age", `It is ${hours} hours old, and must be ${least}`),
    );
  }
  if (isInRange(after.version, `<${before.version}`)) {
    concerns.push(
      concern(
        "version",
        `It is older: ${after.version} after ${before.version}`,
      ),
    );
  }
  return Object.freeze(concerns);
}

function concern(kind: UpdateConcern["kind"], message: string): UpdateConcern {
  return Object.freeze({ kind, message });
}
