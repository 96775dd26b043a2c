/**
 * How plugins require each other: who comes first, what is not there, and who
 * runs in circles.
 *
 * @module
 */

import type { Problem } from "../errors.ts";
import type { ReadPlugin } from "../manifest/found_plugin.ts";
import type { Requirement } from "../manifest/manifest.ts";
import { isInRange } from "../manifest/version.ts";
import { components } from "./components.ts";

/** Why a plugin cannot be what another one requires. */
export interface Blocked {
  /** What comes after the plugin's name in a sentence, e.g. `is disabled`. */
  readonly because: string;
  /** The plugin that this one requires, where that is the reason. */
  readonly next?: string;
  /** Whether it is only disabled. */
  readonly isDisabled?: boolean;
}

/** Something wrong with what a plugin requires. */
export interface DependencyProblem {
  /** What is wrong, for the plugin itself. */
  readonly problem: Problem;
  /** What it is to those that require the plugin in turn. */
  readonly blocks: Blocked;
}

/** The plugins that bear their id alone, by id. */
export type Claimants = ReadonlyMap<string, ReadPlugin>;

// A chain or circle longer than this is shown shortened.
const MAX_SHOWN = 12;

/** A plugin's requirements that are there, at a version that will do. */
function present(
  id: string,
  claimants: Claimants,
  which: (requirement: Requirement) => boolean,
): readonly string[] {
  const plugin = claimants.get(id);
  if (plugin === undefined) return [];
  return plugin.manifest.requires
    .filter((requirement) => {
      const other = claimants.get(requirement.id);
      return which(requirement) && other !== undefined &&
        isInRange(other.manifest.version, requirement.version);
    })
    .map((requirement) => requirement.id);
}

function isRequired(requirement: Requirement): boolean {
  return requirement.optional !== true;
}

/** An order to load in, and the circles that forbid any. */
export interface LoadOrder {
  /** Every id, a dependency before what depends on it. */
  readonly order: readonly string[];
  /** The circle that an id is in. */
  readonly circles: ReadonlyMap<string, readonly string[]>;
  /** The ids that must be ready before an id, optional ones included. */
  readonly after: ReadonlyMap<string, readonly string[]>;
}

/** One way round a circle: the shortest from its first member to itself. */
function wayRound(
  circle: readonly string[],
  required: (id: string) => readonly string[],
): readonly string[] {
  const members = new Set(circle);
  const start = [...circle].sort()[0] ?? "";
  const from = new Map<string, string>();
  const queue = [start];
  for (const at of queue) {
    for (const id of required(at)) {
      if (id === start) {
        const way = [start];
        for (let back = at; back !== start; back = from.get(back) ?? start) {
          way.unshift(back);
        }
        return [start, ...way];
      }
      if (members.has(id) && !from.has(id)) {
        from.set(id, at);
        queue.push(id);
      }
    }
  }
  return circle;
}

/**
 * Orders plugins so that a dependency comes before what depends on it. What is
 * independent stays in the order it came in.
 *
 * An optional requirement only orders: where it would close a circle, it is
 * passed over.
 *
 * @param claimants The plugins.
 * @returns The order, and the circles.
 */
export function loadOrder(claimants: Claimants): LoadOrder {
  const required = new Map<string, readonly string[]>();
  const all = new Map<string, readonly string[]>();
  for (const id of claimants.keys()) {
    required.set(id, present(id, claimants, isRequired));
    all.set(id, present(id, claimants, () => true));
  }
  const requiredOf = (id: string) => required.get(id) ?? [];
  const order: string[] = [];
  const circles = new Map<string, readonly string[]>();
  const after = new Map<string, readonly string[]>();
  for (
    const component of components(
      [...claimants.keys()],
      (id) => all.get(id) ?? [],
    )
  ) {
    const members = new Set(component);
    const within = (id: string) =>
      requiredOf(id).filter((other) => members.has(other));
    for (const part of components(component, within)) {
      const [first] = part;
      const isCircle = part.length > 1 ||
        (first !== undefined && requiredOf(first).includes(first));
      const way = isCircle ? wayRound(part, within) : [];
      for (const id of part) {
        order.push(id);
        if (isCircle) circles.set(id, way);
        after.set(
          id,
          (all.get(id) ?? []).filter((other) =>
            other !== id &&
            (!members.has(other) || requiredOf(id).includes(other))
          ),
        );
      }
    }
  }
  return { order, circles, after };
}

function shorten(names: readonly string[], joint: string): string {
  if (names.length <= MAX_SHOWN) return names.join(joint);
  const hidden = names.length - MAX_SHOWN + 1;
  return [
    ...names.slice(0, MAX_SHOWN - 2),
    `(${hidden} more)`,
    names.at(-1),
  ].join(joint);
}

/**
 * What a refused plugin is to those that require it.
 *
 * @param id The plugin.
 * @param problems Why it was refused.
 * @returns The first of them, as the end of a sentence.
 */
export function refusedBecause(
  id: string,
  problems: readonly Problem[],
): Blocked {
  const message = problems[0]?.message ?? "";
  const subject = `Cannot load plugin "${id}": `;
  const because = message.startsWith(subject)
    ? message.slice(subject.length)
    : message;
  return { because: `was refused: ${because}` };
}

/** The chain from a plugin to what is really wrong, and the plugin at its end. */
function describeChain(
  id: string,
  blocked: ReadonlyMap<string, Blocked>,
): { readonly chain: string; readonly root: string } {
  const links: string[] = [];
  let root = id;
  let reason = blocked.get(root);
  while (reason?.next !== undefined && links.length < blocked.size) {
    links.push(`"${root}", which requires`);
    root = reason.next;
    reason = blocked.get(root);
  }
  links.push(`"${root}", which ${reason?.because ?? "is not ready"}`);
  return { chain: shorten(links, " "), root };
}

function requirementProblem(
  subject: string,
  requirement: Requirement,
  claimants: Claimants,
  blocked: ReadonlyMap<string, Blocked>,
): DependencyProblem | undefined {
  const { id, version: range } = requirement;
  const other = claimants.get(id);
  if (other === undefined) {
    const because = `requires "${id}" ${range}, which is not there`;
    return {
      problem: {
        code: "PLUGIN_DEPENDENCY_MISSING",
        message: `${subject}: it ${because}`,
        remedy: `Add a source that holds plugin "${id}"`,
      },
      blocks: { because },
    };
  }
  const { version } = other.manifest;
  if (!isInRange(version, range)) {
    const because = `requires "${id}" ${range}, which is ${version}`;
    return {
      problem: {
        code: "PLUGIN_DEPENDENCY_VERSION",
        message: `${subject}: it ${because}`,
        remedy: `Use a version of plugin "${id}" in ${range}`,
      },
      blocks: { because },
    };
  }
  const reason = blocked.get(id);
  if (reason === undefined) return undefined;
  const { chain, root } = describeChain(id, blocked);
  return {
    problem: {
      code: reason.isDisabled === true
        ? "PLUGIN_DEPENDENCY_DISABLED"
        : "PLUGIN_DEPENDENCY_FAILED",
      message: `${subject}: it requires ${chain}`,
      remedy: blocked.get(root)?.isDisabled === true
        ? `Enable plugin "${root}"`
        : `Mend plugin "${root}" first`,
    },
    blocks: { because: `requires "${id}"`, next: id },
  };
}

/**
 * Says what is wrong about the plugins that one requires.
 *
 * @param plugin The plugin.
 * @param claimants The plugins that are there.
 * @param blocked The plugins that will not be ready, decided before this one.
 * @param circle The circle that the plugin is in, if it is in one.
 * @returns What is wrong; nothing where all it requires will be ready.
 */
export function dependencyProblems(
  plugin: ReadPlugin,
  claimants: Claimants,
  blocked: ReadonlyMap<string, Blocked>,
  circle: readonly string[] | undefined,
): readonly DependencyProblem[] {
  const { id, requires } = plugin.manifest;
  const subject = `Cannot load plugin "${id}"`;
  if (circle !== undefined) {
    const because = `is in a circle: ${
      shorten(circle.map((member) => `"${member}"`), " requires ")
    }`;
    return [{
      problem: {
        code: "PLUGIN_DEPENDENCY_CYCLE",
        message: `${subject}: it ${because}`,
        remedy: "Take one of these requirements out, or make it optional",
      },
      blocks: { because },
    }];
  }
  return requires
    .filter(isRequired)
    .map((one) => requirementProblem(subject, one, claimants, blocked))
    .filter((found) => found !== undefined);
}
