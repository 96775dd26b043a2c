/** Decisions about consent, one after the other, and what each of them leaves. */

import type { Builtin, PluginHost } from "@semantik/plugins";
import {
  entriesOf,
  formatEntry,
  PERMISSION_KINDS,
  type PermissionSet,
} from "@semantik/plugins/permissions";
import type {
  PermissionDeclaration,
  PluginState,
} from "@semantik/plugins/state";
import { builtin } from "./builtin.ts";

/** A decision about a plugin, or about `"*"`. */
export interface DecidedStep {
  readonly id: string;
  /** The event in the audit trail, in part. */
  readonly event: Readonly<{
    action: string;
    by?: string;
    permissions: readonly string[];
  }>;
  /** The stored state of `id` afterwards; times are `now`. */
  readonly state: PluginState;
}

/** A decision by a call of a host. */
export interface ConsentStep extends DecidedStep {
  /** Makes the decision. */
  decide(host: PluginHost): Promise<void>;
  /** The plugins that run afterwards. */
  readonly running: readonly string[];
}

const NET = { net: ["a.example:443"] };
const DECLARED = { ...NET, env: ["HOME"] };
const EVERYTHING = Object.fromEntries(
  PERMISSION_KINDS.map((kind) => [kind, true as const]),
);

function agreed(by: string): Pick<PluginState, "consent"> {
  return {
    consent: { permissions: DECLARED, source: "builtin:a", by, at: "now" },
  };
}

function taken(
  revoked: PermissionDeclaration,
  by: string,
): Pick<PluginState, "revoked" | "revocation"> {
  return { revoked, revocation: { by, at: "now" } };
}

/** Writes permissions as the audit trail does. */
export function wordsOf(set: PermissionSet): readonly string[] {
  return entriesOf(set).map(formatEntry);
}

/** The plugins. Both need a yes, and `b` never gets it. */
export function consentPlugins(): readonly Builtin[] {
  return ["a", "b"].map((id) => builtin(id, {}, { permissions: DECLARED }));
}

export const CONSENT_STEPS: readonly ConsentStep[] = [
  {
    id: "a",
    decide: (host) => host.grant("a", undefined, { by: "ada" }),
    event: {
      action: "plugin.consent.granted",
      by: "ada",
      permissions: wordsOf(DECLARED),
    },
    state: agreed("ada"),
    running: ["a"],
  },
  {
    id: "a",
    decide: (host) => host.revoke("a", NET, { by: "bob" }),
    event: {
      action: "permission.revoked",
      by: "bob",
      permissions: wordsOf(NET),
    },
    state: { ...agreed("ada"), ...taken(NET, "bob") },
    running: [],
  },
  {
    id: "a",
    decide: (host) => host.grant("a", NET, { by: "cy" }),
    event: {
      action: "permission.granted",
      by: "cy",
      permissions: wordsOf(NET),
    },
    state: agreed("ada"),
    running: ["a"],
  },
  {
    id: "*",
    decide: (host) => host.revoke("*", { net: true }, { by: "dee" }),
    event: {
      action: "permission.revoked",
      by: "dee",
      permissions: wordsOf({ net: true }),
    },
    state: taken({ net: true }, "dee"),
    running: [],
  },
  {
    id: "*",
    decide: (host) => host.grant("*", undefined, { by: "eve" }),
    event: {
      action: "permission.granted",
      by: "eve",
      permissions: wordsOf({ net: true }),
    },
    state: {},
    running: ["a"],
  },
  {
    id: "a",
    decide: (host) => host.revoke("a", undefined, { by: "fay" }),
    event: {
      action: "plugin.consent.revoked",
      by: "fay",
      permissions: wordsOf(EVERYTHING),
    },
    state: taken(EVERYTHING, "fay"),
    running: [],
  },
];

/** The decision of a person who was asked about `a`. */
export const ASKED_STEP: DecidedStep = {
  id: "a",
  event: { action: "plugin.consent.granted", permissions: wordsOf(DECLARED) },
  state: {
    consent: { permissions: DECLARED, source: "builtin:a", at: "now" },
  },
};

const DECISIONS: ReadonlySet<unknown> = new Set([
  ...CONSENT_STEPS.map(({ event }) => event.action),
  "plugin.state.reconciled",
]);

/** Tests if an event of the audit trail says what was decided. */
export function isDecision(action: unknown): boolean {
  return DECISIONS.has(action);
}
