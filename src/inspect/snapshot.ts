/** Records Deno's permission states as data. */

import type { PermissionSet } from "../permissions/permission_set.ts";
import type {
  PermissionAnswer,
  PermissionDescriptor,
  PermissionQuery,
} from "../permissions/permission_states.ts";
import type { PlanFacts } from "../plan/plan.ts";
import type { PluginFacts } from "../policy/checks.ts";
import type { Switch } from "../state/switches.ts";

/** The states by query; `null` if Deno does not know the permission. */
export type RecordedAnswers = Readonly<Record<string, PermissionAnswer | null>>;

function keyOf(descriptor: PermissionDescriptor): string {
  const { name, path, host, variable, kind, command } = descriptor;
  const value = path ?? host ?? variable ?? kind ?? command;
  return value === undefined ? name : `${name}:${value}`;
}

/** Passes queries on, and records every result. */
export function recordAnswers(
  query: PermissionQuery,
  answers: Record<string, PermissionAnswer | null>,
): PermissionQuery {
  return (descriptor) => {
    const key = keyOf(descriptor);
    const known = Object.hasOwn(answers, key) ? answers[key] : undefined;
    if (known) return known;
    answers[key] = null;
    const { state, partial } = query(descriptor);
    return answers[key] = Object.freeze({ state, partial });
  };
}

/** Replays recorded states. Throws for any other query, as Deno does for unknown ones. */
export function replayAnswers(answers: RecordedAnswers): PermissionQuery {
  return (descriptor) => {
    const key = keyOf(descriptor);
    const answer = Object.hasOwn(answers, key) ? answers[key] : undefined;
    if (!answer) throw new TypeError(`Cannot query ${key}: it is not recorded`);
    return answer;
  };
}

/** The permissions around one plugin. */
export interface PluginSnapshot extends PluginFacts {
  /** The absolute directory of its files. */
  readonly directory?: string | undefined;
  /** Its absolute private directory. */
  readonly dataDirectory?: string | undefined;
  /** The permissions that it declares, resolved; both empty if that failed. */
  readonly required: PermissionSet;
  readonly optional: PermissionSet;
  /** The part of them that the host's process must be granted. */
  readonly hostRequired: PermissionSet;
  readonly hostOptional: PermissionSet;
  /** The permissions that this package needs to read it, besides the sources. */
  readonly reading: PermissionSet;
}

/** The switches of the environment, as they were read. */
export interface SwitchesSnapshot {
  readonly every: Switch;
  readonly byType: Readonly<Record<string, Switch>>;
}

/** The places that hazards and flags depend on. */
export interface Surroundings {
  readonly hostDirectory: string;
  readonly deno: string;
  readonly searchPath?: readonly string[] | undefined;
  readonly homeDirectory?: string | undefined;
  readonly denoDirectory?: string | undefined;
  readonly auditFiles: readonly string[];
  /** The host that `jsr:` packages are imported from. */
  readonly jsrHost: string;
}

/** One reading of sources, state, switches and permissions. */
export interface Snapshot extends PlanFacts {
  readonly plugins: readonly PluginSnapshot[];
  /** The permissions that the application declares. */
  readonly application: PermissionSet;
  /** The permissions that this package needs: sources, state and audit trail. */
  readonly library: PermissionSet;
  /** The permissions to read the switches. */
  readonly switchNeeds: PermissionSet;
  /** The switches; absent if the host reads none. */
  readonly switches?: SwitchesSnapshot | undefined;
  /** True if a permission broker decides, so that grants are unknown. */
  readonly broker: boolean;
  /** True if the host was sealed. */
  readonly isSealed: boolean;
}

/** A snapshot with the data for the permission report. */
export interface ReportSnapshot extends Snapshot {
  readonly surroundings: Surroundings;
  /** The permission states for every query of the report. */
  readonly answers: RecordedAnswers;
}
