/** Agrees to what plugins declare, takes permissions back, and stores both. */

import { argumentError, errorOf, PluginError } from "../base/errors.ts";
import type { RevocationEffect } from "../events/lifecycle_event.ts";
import type { Inspection } from "../inspect/inspector.ts";
import { dataDirectoryOf } from "../inspect/permission_needs.ts";
import { findPlugin } from "../inspect/snapshot.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { checkDeclaration } from "../permissions/check_declaration.ts";
import { resolveDeclaration } from "../permissions/normalize_permissions.ts";
import {
  entriesOf,
  type PermissionDeclaration,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import { union } from "../permissions/set_algebra.ts";
import { makePlan, selectPlan } from "../plan/plan.ts";
import {
  type Decided,
  type DecisionFacts,
  grantToEveryone,
  grantToPlugin,
  revokeFrom,
} from "../policy/consent.ts";
import type { PluginState } from "../state/state_store.ts";
import { EVERYONE } from "../state/state_text.ts";
import { type ExecuteParts, executePlan } from "./execute_plan.ts";
import { reportFailure, throwAll } from "./failures.ts";
import { endRefused, regrant } from "./follow_state.ts";
import type { Parts } from "./host_parts.ts";
import type { LivePlugin } from "./registry.ts";

type GrantParts = ExecuteParts & Parts<"state" | "consents">;

const MAX_BY = 200;

/** Checks the name of whoever decides. */
function readBy(action: string, options: unknown): string | undefined {
  const by: unknown = typeof options === "object" && options !== null
    ? Reflect.get(options, "by")
    : undefined;
  if (by === undefined) return undefined;
  if (typeof by === "string" && by !== "" && by.length <= MAX_BY) return by;
  throw argumentError(by, {
    action,
    expected: `a name of 1 to ${MAX_BY} characters as by`,
    remedy: 'Pass { by: "alice" }, or leave it out',
  });
}

function decidedBy(by: string | undefined): { readonly by?: string } {
  return by === undefined ? {} : { by };
}

/** Resolves the permissions of a call as those of a manifest. */
function resolve(
  { settings }: Parts<"settings">,
  action: string,
  permissions: PermissionDeclaration | undefined,
  plugin: ReadPlugin | undefined,
  mayBeNone = false,
): PermissionSet | undefined {
  if (permissions === undefined) return undefined;
  const code = "PLUGIN_OPTION_INVALID";
  const [problem] = checkDeclaration(permissions, "permissions");
  if (problem !== undefined) {
    const { message, path, remedy } = problem;
    throw new PluginError(`Cannot ${action}: ${path}: ${message}`, {
      code,
      remedy,
    });
  }
  try {
    const set = resolveDeclaration(
      permissions,
      plugin === undefined ? {} : {
        directory: plugin.directory,
        dataDirectory: dataDirectoryOf(settings, plugin.manifest.id),
        npmDirectories: plugin.npmDirectories ?? {},
      },
    );
    if (mayBeNone || entriesOf(set).length > 0) return set;
  } catch (thrown) {
    if (!(thrown instanceof PluginError)) throw thrown;
    const { message, remedy } = thrown;
    throw new PluginError(`Cannot ${action}: ${message}`, { code, remedy });
  }
  throw new PluginError(`Cannot ${action}: no permission is named`, {
    code,
    remedy: "Name at least one, or leave the permissions out for all of them",
  });
}

/** Stores a decision. Returns it, as the state was at that moment. */
async function store(
  { state }: Parts<"state">,
  id: string,
  decide: (before: PluginState | undefined) => Decided,
): Promise<Extract<Decided, { ok: true }>> {
  let made: Decided | undefined;
  await state.update([id], ({ plugins }) => {
    made = decide(plugins.get(id));
    if (!made.ok) throw errorOf(id, [made.problem]);
    return made.isChange ? new Map(plugins).set(id, made.state) : undefined;
  });
  if (made?.ok !== true) throw errorOf(id, []);
  return made;
}

/** A plugin as its files are now, and as it runs. */
interface Concerned {
  readonly inspection: Inspection;
  readonly plugin: ReadPlugin;
  readonly live: LivePlugin | undefined;
}

async function find(
  { inspector, registry }: Parts<"inspector" | "registry">,
  action: "grant" | "revoke",
  id: string,
): Promise<Concerned> {
  // A person agrees to what the files of a plugin say, and not only to what runs.
  const inspection = await inspector.inspectAbout(id, { asNew: true });
  const live = registry.get(id);
  const plan = makePlan(inspection.snapshot);
  const isGone = live !== undefined && !plan.claimants.has(id);
  const plugin = isGone
    ? live.plugin
    : findPlugin(inspection, plan, action, id);
  return { inspection, plugin, live };
}

/**
 * Finds a plugin to take permissions from. `undefined` if its files are gone or
 * cannot be read, and the state knows it: they must not keep a yes in force.
 */
async function findToRevoke(
  parts: Parts<"inspector" | "registry" | "state">,
  id: string,
): Promise<ReadPlugin | undefined> {
  try {
    return (await find(parts, "revoke", id)).plugin;
  } catch (thrown) {
    if (parts.state.stateOf(id) === undefined) throw thrown;
    return undefined;
  }
}

function factsOf(
  { settings: { clock } }: Parts<"settings">,
  id: string,
  permissions: PermissionSet | undefined,
  by: string | undefined,
): DecisionFacts {
  return { id, permissions, by, at: new Date(clock.now()).toISOString() };
}

/** Loads a plugin that waited for a decision. Throws why it is not live then. */
async function loadWaiting(parts: GrantParts, id: string): Promise<void> {
  const { inspector, registry } = parts;
  const inspection = await inspector.inspectAbout(id);
  const plan = makePlan(inspection.snapshot);
  registry.orderBy(plan.places);
  const outcome = await executePlan(parts, inspection, selectPlan(plan, id));
  const step = outcome.plan.steps[outcome.plan.places.get(id) ?? -1];
  const problems = step?.decision.kind === "refuse"
    ? step.decision.problems
    : outcome.failures.get(id) ?? [];
  if (problems.length > 0) throw errorOf(id, problems);
}

/** Lists the plugins that are not live because of a decision about permissions. */
function waitingIn({ snapshot }: Inspection): readonly string[] {
  return snapshot.plugins.flatMap(({ found, taken, waiting, isLive }) =>
    found.ok && isLive !== true && (taken ?? waiting) !== undefined
      ? [found.manifest.id]
      : []
  );
}

/** Puts changed grants in force in live plugins. Returns what that did, by id. */
async function putInForce(
  parts: GrantParts,
  plugins: readonly LivePlugin[],
): Promise<
  Readonly<{
    effects: Readonly<Record<string, RevocationEffect>>;
    errors: readonly unknown[];
  }>
> {
  const done = await Promise.all(
    plugins.map(async (live) => [live, await regrant(parts, live)] as const),
  );
  const effects: Record<string, RevocationEffect> = {};
  const errors: unknown[] = [];
  for (const [{ plugin }, result] of done) {
    if (result === undefined) continue;
    effects[plugin.manifest.id] = result.effect;
    errors.push(...result.errors);
  }
  return { effects, errors };
}

/** Grants a plugin what it declares, or a part of it, and loads it if it waited. */
export async function grantPermissions(
  parts: GrantParts,
  id: string,
  permissions: PermissionDeclaration | undefined,
  options: unknown,
): Promise<void> {
  const action = `grant permissions to plugin "${id}"`;
  const by = readBy(action, options);
  const errors = await reportFailure(
    parts,
    id,
    "plugin.grant.failed",
    () =>
      id === EVERYONE
        ? grantEveryone(parts, permissions, by)
        : grantOne(parts, id, permissions, by),
    by,
  );
  throwAll(errors, `Cannot put the grants of plugin "${id}" in force`);
}

async function grantOne(
  parts: GrantParts,
  id: string,
  permissions: PermissionDeclaration | undefined,
  by: string | undefined,
): Promise<readonly unknown[]> {
  const { inspector, state, consents, events, registry, settings } = parts;
  const { inspection, plugin, live } = await find(parts, "grant", id);
  const action = `grant permissions to plugin "${id}"`;
  // Its code alone can be agreed to, if it requires nothing.
  const set = resolve(parts, action, permissions, plugin, true);
  const { problems } = inspector.declarationOf(plugin);
  if (problems.length > 0) throw errorOf(id, problems);
  const subject = inspector.subjectOf(plugin);
  const alive = live === undefined
    ? undefined
    : inspector.subjectOf(live.plugin);
  const facts = factsOf(parts, id, set, by);
  const made = await store(parts, id, (before) =>
    grantToPlugin(
      subject,
      alive === undefined ? {} : union(alive.required, alive.optional),
      before,
      facts,
      settings.consent,
    ));
  consents.forgetRefusals(id);
  // The stored consent now says what holds.
  if (set === undefined) consents.forget(id);
  if (made.isChange) {
    const { source } = subject;
    const { changed, lifted } = made;
    events.emit(
      set === undefined || entriesOf(set).length === 0
        ? {
          action: "plugin.consent.granted",
          plugin,
          permissions: union(changed, lifted),
          source,
          until: "always",
          ...decidedBy(by),
        }
        : {
          action: "permission.granted",
          plugin,
          permissions: union(changed, lifted),
          until: "always",
          ...decidedBy(by),
        },
    );
    await state.confirm([id]);
  }
  const current = registry.get(id);
  if (current !== undefined) {
    return (await putInForce(parts, [current])).errors;
  }
  if (waitingIn(inspection).includes(id)) await loadWaiting(parts, id);
  return [];
}

async function grantEveryone(
  parts: GrantParts,
  permissions: PermissionDeclaration | undefined,
  by: string | undefined,
): Promise<readonly unknown[]> {
  const { inspector, state, events, registry } = parts;
  const set = resolve(
    parts,
    "grant permissions to all plugins",
    permissions,
    undefined,
  );
  const inspection = await inspector.inspectAgain();
  const facts = factsOf(parts, EVERYONE, set, by);
  const made = await store(
    parts,
    EVERYONE,
    (before) => grantToEveryone(before, facts),
  );
  if (!made.isChange) return [];
  events.emit({
    action: "permission.granted",
    plugin: EVERYONE,
    permissions: made.lifted,
    until: "always",
    ...decidedBy(by),
  });
  await state.confirm([EVERYONE]);
  const { errors } = await putInForce(parts, registry.inOrder());
  const waiting = waitingIn(inspection);
  const after = new Set(waitingIn(await inspector.inspectAgain()));
  for (const id of waiting.filter((one) => !after.has(one))) {
    // The trail has the reason.
    await loadWaiting(parts, id).catch(() => {});
  }
  return errors;
}

/** Takes permissions back: of one plugin, or of all. What holds them, ends. */
export async function revokePermissions(
  parts: GrantParts,
  id: string,
  permissions: PermissionDeclaration | undefined,
  options: unknown,
): Promise<void> {
  const action = `revoke permissions of plugin "${id}"`;
  const by = readBy(action, options);
  const errors = await reportFailure(
    parts,
    id,
    "plugin.revoke.failed",
    () => revoke(parts, id, permissions, by),
    by,
  );
  throwAll(errors, `Cannot end the plugins that lost permissions`);
}

async function revoke(
  parts: GrantParts,
  id: string,
  permissions: PermissionDeclaration | undefined,
  by: string | undefined,
): Promise<readonly unknown[]> {
  const { state, consents, events, registry } = parts;
  const isEveryone = id === EVERYONE;
  const plugin = isEveryone ? undefined : await findToRevoke(parts, id);
  const action = isEveryone
    ? "revoke permissions of all plugins"
    : `revoke permissions of plugin "${id}"`;
  const set = resolve(parts, action, permissions, plugin);
  const facts = factsOf(parts, id, set, by);
  const made = await store(parts, id, (before) => revokeFrom(before, facts));
  if (set === undefined) consents.forget(id);
  const concerned = isEveryone
    ? registry.inOrder()
    : [registry.get(id)].filter((live) => live !== undefined);
  const ending = concerned.filter(({ plugin }) =>
    consents.endsOf(plugin).length > 0
  );
  const going = concerned.filter((live) => !ending.includes(live));
  // At once, unless processes have to tell first what that does to them.
  const { effects, errors } = await putInForce(parts, going);
  if (made.isChange) {
    events.emit({
      action: set === undefined && !isEveryone
        ? "plugin.consent.revoked"
        : "permission.revoked",
      plugin: plugin ?? id,
      permissions: made.changed,
      effects: {
        ...effects,
        ...Object.fromEntries(
          ending.map(({ plugin }) => [plugin.manifest.id, "ended" as const]),
        ),
      },
      ...decidedBy(by),
    });
  }
  const [ended] = await Promise.all([
    Promise.all(
      ending.map((live) =>
        endRefused(parts, live, consents.endsOf(live.plugin))
      ),
    ),
    made.isChange ? state.confirm([id]) : undefined,
  ]);
  return [...errors, ...ended.flat()];
}
