/** Sums up denied checks, so that a loop does not flood the trail. Pure. */

import { permissionKey } from "../permissions/permission_states.ts";
import {
  PERMISSION_KINDS,
  type PermissionEntry,
  type PermissionKind,
} from "../permissions/permission_set.ts";

/** Some denied checks of one kind. */
export type DeniedChecks = Readonly<{
  /** The permission; without its value if the checks had several. */
  permission: PermissionEntry;
  /** True if the manifest declares each of them. */
  isDeclared: boolean;
  count: number;
}>;

interface Sum {
  permission: PermissionEntry;
  isDeclared: boolean;
  count: number;
}

/** The denials that are passed on one by one, and the time in which one more may be (ms). */
const MOST_SINGLE = 8;
const SINGLE_PERIOD = 10_000;
/** The time until the others are passed on, which doubles each time (ms). */
const FIRST_WAIT = 10_000;
const LONGEST_WAIT = 600_000;
/** The different denials that are known. */
const MOST_KNOWN = 1_000;

/**
 * Passes on the first denial of each permission, while they are few, and sums up
 * all others by their kind. Times are in ms of a clock that never goes backwards.
 */
export class CheckSummary {
  readonly #known = new Set<string>();
  readonly #sums = new Map<PermissionKind, Sum>();
  #single = MOST_SINGLE;
  #singleSince = 0;
  #wait = FIRST_WAIT;
  #due: number | undefined;

  /** The time at which `take()` is due; `undefined` if nothing waits. */
  get due(): number | undefined {
    return this.#due;
  }

  /** Adds a denied check. Returns what to pass on at once. */
  add(
    permission: PermissionEntry,
    isDeclared: boolean,
    now: number,
  ): DeniedChecks | undefined {
    const key = permissionKey(permission);
    const isNew = !this.#known.has(key);
    if (isNew && this.#mayPass(now)) {
      if (this.#known.size < MOST_KNOWN) this.#known.add(key);
      return { permission, isDeclared, count: 1 };
    }
    this.#sum(permission, isDeclared);
    this.#due ??= now + this.#wait;
    return undefined;
  }

  #mayPass(now: number): boolean {
    const gained = Math.floor((now - this.#singleSince) / SINGLE_PERIOD);
    if (gained > 0) {
      this.#single = Math.min(MOST_SINGLE, this.#single + gained);
      this.#singleSince = now;
    }
    if (this.#single === 0 || this.#known.size >= MOST_KNOWN) return false;
    this.#single--;
    return true;
  }

  #sum(permission: PermissionEntry, isDeclared: boolean): void {
    const { kind, value } = permission;
    const sum = this.#sums.get(kind);
    if (sum === undefined) {
      this.#sums.set(kind, { permission, isDeclared, count: 1 });
      return;
    }
    sum.count++;
    sum.isDeclared &&= isDeclared;
    if (sum.permission.value !== value) sum.permission = { kind };
  }

  /** Returns the sums so far, kind by kind, and begins anew. */
  take(): readonly DeniedChecks[] {
    const sums = PERMISSION_KINDS.flatMap((kind) => {
      const sum = this.#sums.get(kind);
      return sum === undefined ? [] : [{ ...sum }];
    });
    if (sums.length === 0) return sums;
    this.#sums.clear();
    this.#due = undefined;
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
    return sums;
  }
}
