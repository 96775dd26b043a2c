/** Does what a person confirmed, and explains why it could not be done. */

import { isRecord } from "../base/errors.ts";
import { type PermissionDeclaration, PluginError } from "../../mod.ts";
import { PageFault } from "./page_fault.ts";
import type { PageHost } from "./page_options.ts";
import type { ConfigDifference } from "./render_forms.ts";

/** A change that a person confirmed. */
export type Change =
  | Readonly<{
    kind: "enable" | "disable";
    id: string;
    /** True if the requirements, or the dependents, are changed as well. */
    also: boolean;
  }>
  | Readonly<{ kind: "check" | "reload"; id: string }>
  | Readonly<{
    kind: "grant" | "revoke";
    /** The plugin; `"*"` for all. */
    id: string;
    /** The permissions; all of them if absent. */
    permissions: PermissionDeclaration | undefined;
    /** The person who decided. */
    by: string;
  }>
  | Readonly<{
    kind: "configure";
    id: string;
    config: Readonly<Record<string, unknown>>;
  }>;

function statusOf({ code }: PluginError): number {
  if (code === "PLUGIN_NOT_FOUND") return 404;
  if (code === "PLUGIN_CONFIG_INVALID") return 400;
  return code === "PLUGIN_HOST_DISPOSED" ? 503 : 409;
}

// These remedies are for code; a person on the page has a box to tick.
const REMEDIES: Readonly<Record<string, string>> = {
  PLUGIN_DEPENDENTS_LIVE:
    "Disable them first, or tick the box to disable them as well",
  PLUGIN_DEPENDENCY_DISABLED:
    "Enable them first, or tick the box to enable them as well",
  PLUGIN_CONSENT_MISSING: "Grant what it requires, on its row",
  PLUGIN_PERMISSION_REVOKED:
    "Grant what was revoked, or more; what was revoked of all plugins, to all",
};

function asFault(error: PluginError): PageFault {
  const { code, problems } = error;
  const messages = problems.map(({ message }) => message);
  const remedies = new Set(
    problems.map(({ code, remedy }) => REMEDIES[code] ?? remedy),
  );
  return new PageFault(
    statusOf(error),
    messages.length > 0 ? messages.join("; ") : error.message,
    [...remedies].join("; ") || REMEDIES[code] || error.remedy,
  );
}

type PermissionChange = Extract<Change, { readonly by: string }>;

function whatOf({ permissions }: PermissionChange): string {
  return permissions === undefined ? "everything" : "these permissions";
}

async function grant(
  host: PageHost,
  change: PermissionChange,
): Promise<string> {
  const { id, permissions, by } = change;
  await host.grant(id, permissions, { by });
  return id === "*"
    ? `All plugins have ${whatOf(change)} back.`
    : `Plugin ${id} is granted ${whatOf(change)}.`;
}

async function revoke(
  host: PageHost,
  change: PermissionChange,
): Promise<string> {
  const { id, permissions, by } = change;
  await host.revoke(id, permissions, { by });
  return id === "*"
    ? `All plugins lost ${whatOf(change)}.`
    : `Plugin ${id} lost ${whatOf(change)}.`;
}

/** Makes the change, and returns a sentence that says so. */
export async function changePlugin(
  host: PageHost,
  change: Change,
): Promise<string> {
  const { id, kind } = change;
  try {
    switch (kind) {
      case "enable":
        await host.enable(id, { requirements: change.also });
        return `Plugin ${id} is live.`;
      case "disable":
        await host.disable(id, {
          dependents: change.also ? "disable" : "refuse",
        });
        return `Plugin ${id} is disabled.`;
      case "check": {
        const { message, status } = await host.health(id);
        return `Plugin ${id} is ${status}${
          message === undefined ? "" : `: ${message}`
        }.`;
      }
      case "reload":
        await host.reload(id);
        return `Plugin ${id} runs with its new files.`;
      case "grant":
        return await grant(host, change);
      case "revoke":
        return await revoke(host, change);
      case "configure": {
        const { validated } = await host.configure(id, change.config);
        return validated
          ? `Plugin ${id} runs with its new configuration.`
          : `The configuration of plugin ${id} is stored. The plugin checks it when it is loaded.`;
      }
    }
  } catch (error) {
    if (error instanceof PluginError) throw asFault(error);
    if (error instanceof AggregateError) {
      const first = error.errors.find((one) => one instanceof PluginError);
      if (first !== undefined) throw asFault(first);
    }
    throw error;
  }
}

/** Parses the configuration of a form. */
export function parseConfig(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "it is invalid";
    throw new PageFault(
      400,
      "The configuration is not JSON",
      // The message of the engine may repeat a part of the text.
      `Correct it${/ at position \d+.*$/.exec(reason)?.[0] ?? ""}`,
    );
  }
  if (isRecord(value)) return value;
  throw new PageFault(
    400,
    "The configuration is not an object",
    "Write an object, such as {}",
  );
}

/** Finds the top-level keys whose values differ. */
export function differencesOf(
  before: unknown,
  after: Readonly<Record<string, unknown>>,
): readonly ConfigDifference[] {
  const old = isRecord(before) ? before : {};
  const textOf = (record: Readonly<Record<string, unknown>>, key: string) =>
    Object.hasOwn(record, key) ? JSON.stringify(record[key]) : undefined;
  return [...new Set([...Object.keys(old), ...Object.keys(after)])].sort()
    .map((key) => ({
      key,
      before: textOf(old, key),
      after: textOf(after, key),
    }))
    .filter(({ after, before }) => after !== before);
}
