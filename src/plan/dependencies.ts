/** Finds problems with required plugins, and the reasons that block their dependents. */

import type { Problem } from "../base/errors.ts";
import { cut, escapeControls } from "../base/text.ts";
import type { Requirement } from "../manifest/manifest.ts";
import { isInRange } from "../manifest/version.ts";
import type { KnownPlugin } from "../policy/facts.ts";
import { rangeRemedy } from "../policy/host_version.ts";
import type { SkipReason } from "../policy/skip_reason.ts";
import { type Claimants, isRequired } from "./load_order.ts";

/** The reason why a plugin cannot be used by its dependents. */
export interface Blocked {
  /** The predicate of a sentence about the plugin, e.g. `is disabled`. */
  readonly because: string;
  readonly remedy: string;
  /** True if the plugin is only skipped. */
  readonly isSkipped?: boolean;
  /** The required plugin, if that is the reason. */
  readonly next?: string;
  /** The number of requirements between the plugin and `root`. */
  readonly distance: number;
  /** The plugin at the end of the chain. */
  readonly root: string;
}

/** A problem with a requirement of a plugin. */
export interface DependencyProblem {
  readonly problem: Problem;
  /** The same for the plugins that require it. */
  readonly blocks: Blocked;
}

/** Longer chains and cycles are shown shortened. */
const MAX_SHOWN = 12;

/** The problem of one plugin is repeated for each of its dependents. */
const MAX_REASON_LENGTH = 500;

const NONE: readonly DependencyProblem[] = Object.freeze([]);

function blockedAt(root: string, because: string, remedy: string): Blocked {
  return { because, remedy, distance: 0, root };
}

export function skippedBecause(id: string, reason: SkipReason): Blocked {
  return {
    ...reason === "disabled"
      ? blockedAt(id, "is disabled", `Enable plugin "${id}"`)
      : blockedAt(id, "is switched off", `Switch plugin "${id}" on`),
    isSkipped: true,
  };
}

export function failedBecause(
  id: string,
  message: string,
  verb: "failed" | "was refused" = "failed",
  remedy = `Fix plugin "${id}" first`,
): Blocked {
  const because = `${verb}: ${cut(message, MAX_REASON_LENGTH)}`;
  return blockedAt(id, because, remedy);
}

export function refusedBecause(
  id: string,
  [first]: readonly Problem[],
): Blocked {
  const message = first?.message ?? "";
  const subject = `Cannot load plugin "${id}": `;
  return failedBecause(
    id,
    message.startsWith(subject) ? message.slice(subject.length) : message,
    "was refused",
    first?.code === "PLUGIN_RESTART_REQUIRED" ? first.remedy : undefined,
  );
}

/** Joins names. Of many, only the first ones and the last are shown. */
function join(
  names: readonly string[],
  separator: string,
  count: number,
  last: string,
): string {
  if (count <= MAX_SHOWN) return names.join(separator);
  const shown = names.slice(0, MAX_SHOWN - 2);
  return [...shown, `(${count - shown.length - 1} more)`, last].join(separator);
}

function describeCycle(cycle: readonly string[]): string {
  const names = cycle.slice(0, MAX_SHOWN).map((id) => `"${id}"`);
  return join(names, " requires ", cycle.length, `"${cycle.at(-1)}"`);
}

/**
 * Shows the chain from a blocked plugin to the root of the problem. Walks no
 * further than it shows: each plugin of a long chain has its own message.
 */
function describeChain(
  id: string,
  reason: Blocked,
  blocked: ReadonlyMap<string, Blocked>,
): string {
  const links: string[] = [];
  let at = id;
  let current: Blocked | undefined = reason;
  while (current?.next !== undefined && links.length < MAX_SHOWN) {
    links.push(`"${at}", which requires`);
    at = current.next;
    current = blocked.get(at);
  }
  const { root, distance } = reason;
  const last = `"${root}", which ${
    blocked.get(root)?.because ?? "is not ready"
  }`;
  return join([...links, last], " ", distance + 1, last);
}

function unusable(
  own: string,
  { id, version: range }: Requirement,
  other: KnownPlugin | undefined,
): DependencyProblem {
  const version = other?.manifest.version;
  const shown = escapeControls(range);
  const [code, predicate, remedy] = version === undefined
    ? [
      "PLUGIN_DEPENDENCY_MISSING",
      "was not found",
      `Add a source that contains plugin "${id}"`,
    ] as const
    : [
      "PLUGIN_DEPENDENCY_VERSION",
      `is ${version}`,
      rangeRemedy(version, `Use a version of plugin "${id}" in ${shown}`),
    ] as const;
  const because = `requires "${id}" ${shown}, which ${predicate}`;
  const message = `Cannot load plugin "${own}": it ${because}`;
  return {
    problem: { code, message, remedy },
    blocks: blockedAt(own, because, remedy),
  };
}

function requirementProblem(
  own: string,
  requirement: Requirement,
  claimants: Claimants,
  blocked: ReadonlyMap<string, Blocked>,
): DependencyProblem | undefined {
  const { id, version } = requirement;
  const other = claimants.get(id);
  const reason = blocked.get(id);
  const isUsable = other === undefined
    ? reason !== undefined
    : isInRange(other.manifest.version, version);
  if (!isUsable) return unusable(own, requirement, other);
  if (reason === undefined) return undefined;
  const { remedy, distance, root } = reason;
  const chain = describeChain(id, reason, blocked);
  return {
    problem: {
      code: reason.isSkipped === true
        ? "PLUGIN_DEPENDENCY_DISABLED"
        : "PLUGIN_DEPENDENCY_FAILED",
      message: `Cannot load plugin "${own}": it requires ${chain}`,
      remedy,
    },
    blocks: {
      because: `requires "${id}"`,
      remedy,
      next: id,
      distance: distance + 1,
      root,
    },
  };
}

/** Returns the problems with the requirements of a plugin. */
export function dependencyProblems(
  { manifest: { id, requires } }: KnownPlugin,
  claimants: Claimants,
  blocked: ReadonlyMap<string, Blocked>,
  cycle: readonly string[] | undefined,
): readonly DependencyProblem[] {
  if (cycle !== undefined) {
    const because = `is in a cycle: ${describeCycle(cycle)}`;
    const remedy = "Remove one of these requirements, or make it optional";
    return [{
      problem: {
        code: "PLUGIN_DEPENDENCY_CYCLE",
        message: `Cannot load plugin "${id}": it ${because}`,
        remedy,
      },
      blocks: blockedAt(id, because, remedy),
    }];
  }
  if (requires.length === 0) return NONE;
  return requires
    .filter(isRequired)
    .map((one) => requirementProblem(id, one, claimants, blocked))
    .filter((found) => found !== undefined);
}
