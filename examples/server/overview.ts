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
  /** What it reads now, where it is live. */
  readonly reading: string | undefined;
  readonly health: Health | undefined;
  /** What it cannot do without. */
  readonly permissions: PermissionSet;
  readonly problems: readonly Problem[];
  /** What a person can ask for. */
  readonly action: "enable" | "disable";
}

/** All that the page and the JSON show. */
export interface Overview {
  readonly plugins: readonly PluginView[];
  /** The smallest flags that run this server with all of its plugins. */
  readonly flags: string;
  /** What the process has that nobody declares. */
  readonly surplus: readonly string[];
  /** What is more dangerous than it looks. */
  readonly hazards: readonly string[];
}

async function readGauge(
  host: GaugeHost,
  id: string,
): Promise<string | undefined> {
  try {
    return await host.use(id, "gauge", (gauge) => gauge.read());
  } catch (error) {
    // Not live, or disabled this moment, or its own fault: the page goes on.
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
 * Gathers all that the page shows. Runs no plugin code but the gauges.
 *
 * @param host The host.
 * @param board What happened in it.
 * @returns The overview.
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
