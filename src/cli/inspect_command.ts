import { Command } from "commander";
import { errorOf, PluginError, type Problem } from "../base/errors.ts";
import type { Screen } from "../base/terminal_text.ts";
import { cut, escapeControls } from "../base/text.ts";
import { findPlugin, type PluginSnapshot } from "../inspect/snapshot.ts";
import type { Inspection } from "../inspect/inspector.ts";
import { showPluginConfig } from "../inspect/permission_needs.ts";
import { pluginHazards } from "../inspect/permission_report.ts";
import {
  type Manifest,
  type ReadPlugin,
  shownModule,
} from "../manifest/manifest.ts";
import { usesDataDirectory } from "../permissions/normalize_permissions.ts";
import type { Hazard } from "../permissions/path_hazards.ts";
import {
  formatFlags,
  permissionFlags,
} from "../permissions/permission_flags.ts";
import {
  entriesOf,
  formatEntry,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import { type Decision, makePlan, type Plan } from "../plan/plan.ts";
import { maskCredentials } from "../secrets/credentials.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import {
  formatCommand,
  formatHazards,
  formatProblems,
  INDENT,
  joinLines,
  wrapLine,
} from "./format.ts";
import { addHostOptions, type HostFlags } from "./host_options.ts";
import { type InspectedHost, inspectHost } from "./inspect_host.ts";
import { readForeignImports } from "./validate/module_graph.ts";

interface InspectFlags extends HostFlags {
  readonly json?: true;
}

interface Required {
  readonly id: string;
  readonly version: string;
  readonly optional: boolean;
  /** The plugin that has the id, if a source contains it. */
  readonly found?: {
    readonly version: string;
    readonly kind: Decision["kind"];
  };
}

interface InspectResult {
  readonly id: string;
  readonly source: string;
  readonly manifest: Manifest;
  /** The specifier of its module. */
  readonly module: string;
  readonly directory?: string | undefined;
  readonly dataDirectory?: string | undefined;
  readonly decision: Decision["kind"];
  /** The reason why it is skipped. */
  readonly reason?: "disabled" | "switch";
  readonly problems: readonly Problem[];
  /** Sources with another plugin of this id. */
  readonly alsoIn: readonly string[];
  readonly required: PermissionSet;
  readonly optional: PermissionSet;
  readonly flags: readonly string[];
  readonly hazards: readonly Hazard[];
  readonly requires: readonly Required[];
  readonly requiredBy: readonly string[];
  readonly imports?: readonly string[] | undefined;
  /** Left out if the state cannot be read. */
  readonly state?: {
    readonly enabled: boolean;
    readonly revision: number;
    /** True if no audit trail is known to hold the last decision. */
    readonly unrecorded: boolean;
  };
  readonly config?: {
    readonly from: "state" | "option";
    readonly value: unknown;
    readonly hidden: readonly string[];
  };
}

const LABEL_WIDTH = 13;
const MAX_CONFIG = 2_000;

/** Returns the flags of a plugin alone; no flag can express some permissions. */
function flagsOf(required: PermissionSet): {
  readonly flags: readonly string[];
  readonly problems: readonly Problem[];
} {
  try {
    return {
      flags: permissionFlags(required, { noPrompt: false }),
      problems: [],
    };
  } catch (thrown) {
    if (!(thrown instanceof PluginError)) throw thrown;
    return { flags: [], problems: thrown.problems };
  }
}

function requirementsOf(plan: Plan, manifest: Manifest): readonly Required[] {
  return manifest.requires.map(({ id, version, optional = false }) => {
    const claimant = plan.claimants.get(id);
    const decision = plan.steps[plan.places.get(id) ?? -1]?.decision;
    return {
      id,
      version,
      optional,
      ...claimant === undefined || decision === undefined ? {} : {
        found: { version: claimant.manifest.version, kind: decision.kind },
      },
    };
  });
}

function configOf(
  { host: { settings }, inspection: { configs, stored } }: InspectedHost,
  plugin: ReadPlugin,
): Pick<InspectResult, "config"> {
  const { id } = plugin.manifest;
  const config = configs.get(id);
  if (config === undefined) return {};
  const isStored = stored.ok &&
    stored.snapshot.plugins.get(id)?.config !== undefined;
  const { value, hidden } = showPluginConfig(
    settings,
    plugin,
    config,
    (text) => maskCredentials(text) !== text,
  );
  return { config: { from: isStored ? "state" : "option", value, hidden } };
}

function stateOf(
  { stored }: Inspection,
  id: string,
): Pick<InspectResult, "state"> {
  if (!stored.ok) return {};
  const { plugins, revision, unrecorded = [] } = stored.snapshot;
  return {
    state: {
      enabled: plugins.get(id)?.enabled !== false,
      revision,
      unrecorded: unrecorded.includes(id),
    },
  };
}

function describe(
  host: InspectedHost,
  plugin: ReadPlugin,
  plan: Plan,
  own: PluginSnapshot,
): InspectResult {
  const { inspection } = host;
  const { manifest, source } = plugin;
  const { id } = manifest;
  const index = inspection.found.indexOf(plugin);
  const decision = plan.steps[plan.places.get(id) ?? -1]?.decision;
  const { required, optional, dataDirectory } = own;
  const usesData = usesDataDirectory(manifest.permissions) ||
    usesDataDirectory(manifest.optionalPermissions);
  const { flags, problems } = flagsOf(own.hostRequired);
  return {
    id,
    source,
    manifest,
    module: shownModule(plugin),
    directory: plugin.copiedFrom?.directory ?? plugin.directory,
    ...usesData ? { dataDirectory } : {},
    decision: decision?.kind ?? "refuse",
    ...decision?.kind === "skip" ? { reason: decision.reason } : {},
    problems: [
      ...decision?.kind === "refuse" ? decision.problems : [],
      ...problems,
    ],
    alsoIn: plan.steps.flatMap((step) =>
      step.plugin === undefined && step.decision.id === id
        ? [step.decision.source]
        : []
    ),
    required,
    optional,
    flags,
    hazards: pluginHazards(inspection.snapshot)[index] ?? [],
    requires: requirementsOf(plan, manifest),
    requiredBy: plan.dependents.get(id) ?? [],
    ...stateOf(inspection, id),
    ...configOf(host, plugin),
  };
}

const VERDICTS = {
  load: "would be loaded",
  ask: "would be loaded",
  refuse: "would be refused",
} as const;

const SKIPPED = {
  disabled: "is disabled in the stored state",
  switch: "is turned off by a switch",
} as const;

function formatHead(result: InspectResult, { paint }: Screen): string {
  const { id, decision, reason, manifest: { type, version } } = result;
  const subject = paint.bold(`${id} ${version} ${type}`);
  if (reason !== undefined) {
    return `${subject} ${paint.yellow(SKIPPED[reason])}`;
  }
  const verdict = decision === "skip" ? "is skipped" : VERDICTS[decision];
  return `${subject} ${
    decision === "load" ? paint.green(verdict) : paint.red(verdict)
  }`;
}

function entriesText(set: PermissionSet): readonly string[] {
  return entriesOf(set).map(formatEntry);
}

function requirementText({ id, version, optional, found }: Required): string {
  const state = found === undefined
    ? "not found"
    : `${found.version}, ${
      { load: "loaded", ask: "loaded", skip: "skipped", refuse: "refused" }[
        found.kind
      ]
    }`;
  return `${id} ${version}${optional ? ", optional" : ""} (${state})`;
}

function stateText({ state }: InspectResult): string {
  if (state === undefined) return "unknown";
  return (state.enabled ? "enabled" : "disabled") +
    (state.unrecorded ? ", not recorded in an audit trail yet" : "");
}

function configText({ config }: InspectResult): readonly string[] {
  if (config === undefined) return [];
  const from = config.from === "state" ? "stored" : "of --config";
  return [
    `${cut(JSON.stringify(config.value), MAX_CONFIG)} (${from})`,
    ...config.hidden.length === 0
      ? []
      : [`hidden: ${config.hidden.map((path) => path || "all").join(", ")}`],
  ];
}

function textOf(result: InspectResult, screen: Screen): string {
  const { manifest, hazards, problems, flags } = result;
  const hanging = " ".repeat(LABEL_WIDTH);
  const field = (label: string, values: readonly (string | undefined)[]) =>
    values.filter((value) => value !== undefined).flatMap((value, index) => {
      const name = (index === 0 ? label : "").padEnd(LABEL_WIDTH);
      const text = escapeControls(cut(value, MAX_CONFIG));
      return wrapLine(screen.paint.dim(name) + text, screen, hanging);
    });
  const imports = result.imports ?? [];
  return joinLines([
    ...wrapLine(formatHead(result, screen), screen),
    ...formatProblems(problems, screen),
    ...field("name", [manifest.displayName]),
    ...field("description", [manifest.description]),
    ...field("author", [manifest.author]),
    ...field("license", [manifest.license]),
    ...field("homepage", [manifest.homepage]),
    ...field("source", [result.source]),
    ...field("also in", result.alsoIn),
    ...field("module", [result.module]),
    ...field("data", [result.dataDirectory]),
    ...field("host", [manifest.host]),
    ...field("requires", result.requires.map(requirementText)),
    ...field("required by", result.requiredBy),
    ...field("brings", imports),
    ...field("permissions", entriesText(result.required)),
    ...field("optional", entriesText(result.optional)),
    ...field("state", [stateText(result)]),
    ...field("config", configText(result)),
    ...hazards.length === 0 ? [] : [screen.paint.bold("Hazards")],
    ...formatHazards(
      hazards.map((hazard) => ({ id: result.id, hazard })),
      screen,
    ),
    ...flags.length === 0 ? [] : [
      screen.paint.bold("Flags of this plugin alone"),
      ...formatCommand(INDENT + formatFlags(flags), screen),
    ],
  ]);
}

export function inspectCommand(run: CommandRun): Command {
  async function inspect(
    id: string,
    sources: readonly string[],
    flags: InspectFlags,
  ): Promise<Outcome> {
    const host = await inspectHost(run, sources, flags);
    const { inspection } = host;
    const { snapshot } = inspection;
    // As plan does: what the plugins declare is assumed to be granted.
    const plan = makePlan({ ...snapshot, permissionMode: "report" });
    const kept = plan.kept.get(id);
    if (kept !== undefined) {
      const { source, problems } = kept;
      return {
        result: { id, source, problems },
        text: joinLines([
          ...wrapLine(
            `${run.terminal.screen.paint.red("unusable")} ${
              escapeControls(source)
            }`,
            run.terminal.screen,
          ),
          ...formatProblems(problems, run.terminal.screen),
        ]),
        exitCode: 1,
      };
    }
    const plugin = findPlugin(inspection, plan, "inspect", id);
    const own = snapshot.plugins[inspection.found.indexOf(plugin)];
    if (own === undefined) throw errorOf(id, []);
    const imports = await readForeignImports([plugin], run.signal);
    const result = {
      ...describe(host, plugin, plan, own),
      imports: imports?.[id],
    };
    return {
      result,
      text: textOf(result, run.terminal.screen),
      exitCode: result.problems.length === 0 ? 0 : 1,
    };
  }

  const command = new Command("inspect")
    .summary("print everything that is known of one plugin")
    .description(
      "Prints everything that is known of one plugin: its manifest, source, permissions with hazards and flags, " +
        "dependencies both ways, state, configuration and problems. Names secrets, and shows none. " +
        "Runs no plugin code.",
    )
    .argument("<id>", "the plugin")
    .argument(
      "<source...>",
      "directories, plugin.json files, jsr: and npm: packages",
    );
  command
    .option("--json", "print the result as JSON");
  return addHostOptions(command)
    .action((id: string, sources: readonly string[], flags: InspectFlags) =>
      run.run("inspect", flags.json, () => inspect(id, sources, flags))
    );
}
