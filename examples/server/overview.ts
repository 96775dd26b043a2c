import type {
  Decision,
  Health,
  PermissionSet,
  Problem,
} from "@semantik/plugins";
import { formatEntry } from "@semantik/plugins/permissions";
import type { GaugeHost } from "./create_host.ts";
import type { StatusBoard } from "./status_board.ts";

/** One plugin, as the page and the JSON show it. */
export interface PluginView {
  readonly id: string;
  readonly version: string | undefined;
  readonly status: string;
  /** The current value of a live plugin. */
  readonly reading: string | undefined;
  readonly health: Health | undefined;
  /** The permissions that it requires. */
  readonly permissions: PermissionSet;
  readonly problems: readonly Problem[];
  /** The change that the page offers. */
  readonly action: "enable" | "disable";
}

/** All that the page and the JSON show. */
export interface Overview {
  readonly plugins: readonly PluginView[];
  /** The minimal flags for this server with all of its plugins. */
  readonly flags: string;
  /** Permissions that the process has and nobody declares. */
  readonly surplus: readonly string[];
  /** Permissions that are more powerful than they look. */
  readonly hazards: readonly string[];
}

async function readGauge(
  host: GaugeHost,
  id: string,
): Promise<string | undefined> {
  try {
    return await host.use(id, "gauge", (gauge) => gauge.read());
  } catch (error) {
    // Not live, just disabled, or broken: the page shows the rest.
    return error instanceof Error && host.get(id) !== undefined
      ? `cannot be read: ${error.message}`
      : undefined;
  }
}

function statusOf(decision: Decision, known: string | undefined): string {
  if (decision.kind === "skip") return "disabled";
  if (decision.kind === "refuse") return "refused";
  return known ?? "not loaded";
}

/**
 * Gathers everything that the page shows. Runs no plugin code except the
 * gauges.
 */
export async function createOverview(
  host: GaugeHost,
  board: StatusBoard,
): Promise<Overview> {
  const [decisions, report] = await Promise.all([
    host.plan(),
    host.permissionReport(),
  ]);
  const declared = new Map(
    report.plugins.map(({ id, required }) => [id, required] as const),
  );
  const plugins = await Promise.all(decisions.map(async (decision) => {
    const { id, source, version } = decision;
    const entry = id === undefined ? undefined : board.get(id);
    const status = statusOf(decision, entry?.status);
    const isLive = id !== undefined && host.get(id) !== undefined;
    const view: PluginView = {
      id: id ?? source,
      version,
      status,
      reading: isLive ? await readGauge(host, id) : undefined,
      health: isLive ? entry?.health : undefined,
      permissions: declared.get(id ?? source) ?? {},
      problems: decision.kind === "refuse"
        ? decision.problems
        : status === "disabled"
        ? []
        : entry?.problems ?? [],
      action: isLive ? "disable" : "enable",
    };
    return view;
  }));
  return {
    plugins: plugins.toSorted((a, b) => a.id < b.id ? -1 : 1),
    flags: report.flagLine,
    surplus: report.surplus.findings.map(({ message, remedy }) =>
      `${message}. ${remedy}`
    ),
    hazards: report.hazards.map(({ hazard, id }) =>
      `${id ?? "The server"}: ${formatEntry(hazard.entry)} ${hazard.reason}. ` +
      hazard.remedy
    ),
  };
}
