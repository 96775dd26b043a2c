/**
 * What is wrong about the plugins that one requires.
 *
 * @module
 */

import type { Problem } from "../base/errors.ts";
import type { Requirement } from "../manifest/manifest.ts";
import { isInRange } from "../manifest/version.ts";
import type { KnownPlugin } from "../policy/facts.ts";
import { rangeRemedy } from "../policy/host_version.ts";
import { escapeControls } from "../base/text.ts";
import {
  type Blocked,
  describeChain,
  describeCircle,
  requiresBlocked,
} from "./blocked.ts";
import { type Claimants, isRequired } from "./load_order.ts";

/** Something wrong with what a plugin requires. */
export interface DependencyProblem {
  /** What is wrong, for the plugin itself. */
  readonly problem: Problem;
  /** What it is to those that require the plugin in turn. */
  readonly blocks: Blocked;
}

const NONE: readonly DependencyProblem[] = Object.freeze([]);

function unusable(
  plugin: KnownPlugin,
  { id, version: range }: Requirement,
  other: KnownPlugin | undefined,
): DependencyProblem {
  const { id: own } = plugin.manifest;
  const version = other?.manifest.version;
  const shown = escapeControls(range);
  const because = version === undefined
    ? `requires "${id}" ${shown}, which is not there`
    : `requires "${id}" ${shown}, which is ${version}`;
  const problem: Problem = {
    code: version === undefined
      ? "PLUGIN_DEPENDENCY_MISSING"
      : "PLUGIN_DEPENDENCY_VERSION",
    message: `Cannot load plugin "${own}": it ${because}`,
    remedy: version === undefined
      ? `Add a source that holds plugin "${id}"`
      : rangeRemedy(version, `Use a version of plugin "${id}" in ${shown}`),
  };
  const { remedy } = problem;
  return { problem, blocks: { because, remedy, distance: 0, root: own } };
}

function requirementProblem(
  plugin: KnownPlugin,
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
  if (!isUsable) return unusable(plugin, requirement, other);
  if (reason === undefined) return undefined;
  return {
    problem: {
      code: reason.isSkipped === true
        ? "PLUGIN_DEPENDENCY_DISABLED"
        : "PLUGIN_DEPENDENCY_FAILED",
      message: `Cannot load plugin "${plugin.manifest.id}": it requires ${
        describeChain(id, blocked)
      }`,
      remedy: reason.remedy,
    },
    blocks: requiresBlocked(id, reason),
  };
}

/** Returns what is wrong with the requirements of a plugin; `blocked` was decided before. */
export function dependencyProblems(
  plugin: KnownPlugin,
  claimants: Claimants,
  blocked: ReadonlyMap<string, Blocked>,
  circle: readonly string[] | undefined,
): readonly DependencyProblem[] {
  const { id, requires } = plugin.manifest;
  if (circle !== undefined) {
    const because = `is in a circle: ${describeCircle(circle)}`;
    const remedy = "Take one of these requirements out, or make it optional";
    return [{
      problem: {
        code: "PLUGIN_DEPENDENCY_CYCLE",
        message: `Cannot load plugin "${id}": it ${because}`,
        remedy,
      },
      blocks: { because, remedy, distance: 0, root: id },
    }];
  }
  if (requires.length === 0) return NONE;
  return requires
    .filter(isRequired)
    .map((one) => requirementProblem(plugin, one, claimants, blocked))
    .filter((found) => found !== undefined);
}
