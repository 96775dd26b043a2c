/** Orders plugins by their requirements, and finds cycles. */

import type { Problem } from "../base/errors.ts";
import { cut, escapeControls } from "../base/text.ts";
import type { Requirement } from "../manifest/manifest.ts";
import { isInRange } from "../manifest/version.ts";
import {
  type KnownPlugin,
  rangeRemedy,
  type SkipReason,
} from "../policy/checks.ts";

/**
 * Finds the strongly connected components of a graph (Tarjan, 1972), each after
 * all the components that it points to. Keeps its own stack, because a long
 * chain would overflow the engine's.
 */
export function components<Node>(
  nodes: readonly Node[],
  edges: (node: Node) => readonly Node[],
): readonly (readonly Node[])[] {
  const found: Node[][] = [];
  const order = new Map<Node, number>();
  const lowest = new Map<Node, number>();
  const open: Node[] = [];
  const isOpen = new Set<Node>();

  function enter(node: Node) {
    order.set(node, order.size);
    lowest.set(node, order.size - 1);
    open.push(node);
    isOpen.add(node);
    return { node, targets: edges(node), next: 0 };
  }

  function lower(node: Node, to: number | undefined) {
    lowest.set(node, Math.min(lowest.get(node) ?? 0, to ?? Infinity));
  }

  function close(node: Node) {
    if (lowest.get(node) !== order.get(node)) return;
    const component = open.splice(open.lastIndexOf(node));
    component.forEach((member) => isOpen.delete(member));
    found.push(component);
  }

  for (const root of nodes) {
    if (order.has(root)) continue;
    if (edges(root).length === 0) {
      order.set(root, order.size);
      found.push([root]);
      continue;
    }
    const path = [enter(root)];
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const target = at.targets[at.next++];
      if (target === undefined) {
        path.pop();
        const parent = path.at(-1);
        if (parent) lower(parent.node, lowest.get(at.node));
        close(at.node);
      } else if (!order.has(target)) {
        path.push(enter(target));
      } else if (isOpen.has(target)) {
        lower(at.node, order.get(target));
      }
    }
  }
  return found;
}

/** The plugins that hold their id and can be read, by id. */
export type Claimants = ReadonlyMap<string, KnownPlugin>;

export interface LoadOrder {
  /** Every id, a dependency before its dependents. */
  readonly order: readonly string[];
  /** The cycle that an id is part of. */
  readonly cycles: ReadonlyMap<string, readonly string[]>;
  /** The ids that must be ready before an id, including optional ones. */
  readonly after: ReadonlyMap<string, readonly string[]>;
}

export function isRequired(requirement: Requirement): boolean {
  return requirement.optional !== true;
}

const NONE: readonly string[] = Object.freeze([]);

/** Returns the requirements of a plugin that are met. */
function metRequirements(
  plugin: KnownPlugin,
  claimants: Claimants,
): readonly Requirement[] {
  return plugin.manifest.requires.filter(({ id, version }) => {
    const other = claimants.get(id);
    return other !== undefined && isInRange(other.manifest.version, version);
  });
}

/** Returns the shortest cycle through the first id of a component, if it has one. */
function shortestCycle(
  component: readonly string[],
  required: (id: string) => readonly string[],
): readonly string[] | undefined {
  const start = component.reduce((first, id) => id < first ? id : first);
  const from = new Map<string, string>();
  const queue = [start];
  for (const at of queue) {
    for (const id of required(at)) {
      if (id === start) {
        const cycle = [start];
        for (let back = at; back !== start; back = from.get(back) ?? start) {
          cycle.push(back);
        }
        return [...cycle, start].reverse();
      }
      if (!from.has(id)) {
        from.set(id, at);
        queue.push(id);
      }
    }
  }
  return undefined;
}

/**
 * Orders plugins so that a dependency comes before its dependents. Independent
 * plugins keep their order. An optional requirement is ignored if it would
 * close a cycle.
 */
export function loadOrder(claimants: Claimants): LoadOrder {
  const required = new Map<string, ReadonlySet<string>>();
  const all = new Map<string, readonly string[]>();
  for (const [id, plugin] of claimants) {
    const requirements = metRequirements(plugin, claimants);
    if (requirements.length === 0) continue;
    required.set(
      id,
      new Set(requirements.filter(isRequired).map((one) => one.id)),
    );
    all.set(id, requirements.map((one) => one.id));
  }
  const order: string[] = [];
  const cycles = new Map<string, readonly string[]>();
  const after = new Map<string, readonly string[]>();
  const withOptional = components(
    [...claimants.keys()],
    (id) => all.get(id) ?? NONE,
  );
  for (const component of withOptional) {
    const [only] = component;
    if (component.length === 1 && only !== undefined && !all.has(only)) {
      order.push(only);
      after.set(only, NONE);
      continue;
    }
    const members = new Set(component);
    const requiredWithin = (id: string) =>
      [...required.get(id) ?? []].filter((other) => members.has(other));
    for (const inner of components(component, requiredWithin)) {
      const within = new Set(inner);
      const cycle = shortestCycle(
        inner,
        (id) => requiredWithin(id).filter((other) => within.has(other)),
      );
      for (const id of inner) {
        order.push(id);
        if (cycle !== undefined) cycles.set(id, cycle);
        after.set(
          id,
          (all.get(id) ?? []).filter((other) =>
            other !== id &&
            (!members.has(other) || required.get(id)?.has(other) === true)
          ),
        );
      }
    }
  }
  return { order, cycles, after };
}

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

const NO_PROBLEMS: readonly DependencyProblem[] = Object.freeze([]);

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
  if (requires.length === 0) return NO_PROBLEMS;
  return requires
    .filter(isRequired)
    .map((one) => requirementProblem(id, one, claimants, blocked))
    .filter((found) => found !== undefined);
}
