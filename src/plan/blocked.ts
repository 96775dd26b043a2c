/**
 * Why a plugin will not be ready, and how that reads to those that require it.
 *
 * @module
 */

import type { Problem } from "../base/errors.ts";
import { cut } from "../base/text.ts";
import type { SkipReason } from "../policy/skip_reason.ts";

/** Why a plugin cannot be what another one requires. */
export interface Blocked {
  /** What comes after the plugin's name in a sentence, e.g. `is disabled`. */
  readonly because: string;
  /** What a person can do about it. */
  readonly remedy: string;
  /** Whether it is only passed over, and nothing is wrong with it. */
  readonly isSkipped?: boolean;
  /** The plugin that this one requires, where that is the reason. */
  readonly next?: string;
  /** How many plugins on from here the reason lies; 0 where it is this one. */
  readonly distance: number;
  /** The plugin at the end of the chain. */
  readonly root: string;
}

// A chain or circle longer than this is shown shortened.
const MAX_SHOWN = 12;

// What is wrong with one plugin is repeated for all that require it.
const MAX_REASON_LENGTH = 500;

/** Joins names; of many, the first ones at hand and the last are shown. */
function join(
  names: readonly string[],
  joint: string,
  count: number,
  last: string,
): string {
  if (count <= MAX_SHOWN) return names.join(joint);
  const shown = names.slice(0, MAX_SHOWN - 2);
  return [...shown, `(${count - shown.length - 1} more)`, last].join(joint);
}

/**
 * Shows a circle.
 *
 * @param circle The ids, from one plugin to the same one.
 * @returns The way round.
 */
export function describeCircle(circle: readonly string[]): string {
  const names = circle.slice(0, MAX_SHOWN).map((id) => `"${id}"`);
  return join(names, " requires ", circle.length, `"${circle.at(-1)}"`);
}

/**
 * Why a plugin that is passed over is not ready.
 *
 * @param id The plugin.
 * @param reason Why it is passed over.
 * @returns What it is to those that require it.
 */
export function skippedBecause(id: string, reason: SkipReason): Blocked {
  const [because, remedy] = reason === "disabled"
    ? ["is disabled", `Enable plugin "${id}"`]
    : ["is switched off", `Switch plugin "${id}" on`];
  return { because, remedy, isSkipped: true, distance: 0, root: id };
}

/**
 * Why a plugin that was refused for itself is not ready.
 *
 * @param id The plugin.
 * @param problems Why it was refused.
 * @returns What it is to those that require it.
 */
export function refusedBecause(
  id: string,
  problems: readonly Problem[],
): Blocked {
  const [first] = problems;
  const message = first?.message ?? "";
  const subject = `Cannot load plugin "${id}": `;
  const because = message.startsWith(subject)
    ? message.slice(subject.length)
    : message;
  return {
    because: `was refused: ${cut(because, MAX_REASON_LENGTH)}`,
    remedy: first?.code === "PLUGIN_RESTART_REQUIRED"
      ? first.remedy
      : `Mend plugin "${id}" first`,
    distance: 0,
    root: id,
  };
}

/**
 * Why a plugin whose code ran and failed is not ready.
 *
 * @param id The plugin.
 * @param message What went wrong.
 * @returns What it is to those that require it.
 */
export function failedBecause(id: string, message: string): Blocked {
  return {
    because: `failed: ${cut(message, MAX_REASON_LENGTH)}`,
    remedy: `Mend plugin "${id}" first`,
    distance: 0,
    root: id,
  };
}

/**
 * Why a plugin is not ready that requires one that is not.
 *
 * @param id The plugin that it requires.
 * @param reason Why that one is not ready.
 * @returns What it is to those that require it in turn.
 */
export function requiresBlocked(id: string, reason: Blocked): Blocked {
  return {
    because: `requires "${id}"`,
    remedy: reason.remedy,
    next: id,
    distance: reason.distance + 1,
    root: reason.root,
  };
}

/**
 * Shows the chain from a plugin to what is really wrong.
 *
 * Walks no further than it shows: a chain may be as long as there are plugins,
 * and each of them tells its own.
 *
 * @param id The plugin.
 * @param blocked The plugins that will not be ready.
 * @returns The chain.
 */
export function describeChain(
  id: string,
  blocked: ReadonlyMap<string, Blocked>,
): string {
  const links: string[] = [];
  const count = (blocked.get(id)?.distance ?? 0) + 1;
  let at = id;
  let reason = blocked.get(at);
  while (reason?.next !== undefined && links.length < MAX_SHOWN) {
    links.push(`"${at}", which requires`);
    at = reason.next;
    reason = blocked.get(at);
  }
  const root = blocked.get(id)?.root ?? id;
  const last = `"${root}", which ${
    blocked.get(root)?.because ?? "is not ready"
  }`;
  return join([...links, last], " ", count, last);
}
