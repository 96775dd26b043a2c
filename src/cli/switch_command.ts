import { Command } from "commander";
import { errorOf, type PluginError, type Problem } from "../base/errors.ts";
import { listIds } from "../base/text.ts";
import type { LifecycleEvent } from "../events/lifecycle_event.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { type Plan, selectPlan } from "../plan/plan.ts";
import { switchPlugins } from "../state/state_text.ts";
import {
  addChangeOptions,
  assertFindable,
  type ChangeFlags,
  type ChangeResult,
  formatChange,
  planGranted,
  StateEditor,
} from "./change_state.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import { formatProblems, joinLines } from "./format.ts";

interface SwitchFlags extends ChangeFlags {
  readonly builtin?: true;
  readonly requirements?: true;
  readonly dependents?: true;
}

interface SwitchResult extends ChangeResult {
  readonly enabled: boolean;
  /** The plugins that were not enabled, or disabled, before. */
  readonly changed: readonly string[];
  /** The reasons why a host would not load it. */
  readonly problems: readonly Problem[];
}

const EFFECTS = {
  enable: "A host loads it when it starts, or when the application enables it.",
  disable:
    "A host that starts does not load it. A running host ends it at its " +
    "next change of any plugin.",
} as const;

/** Lists the plugins that would be loaded and require a plugin, dependents first. */
function dependentsOf(plan: Plan, id: string): readonly string[] {
  const reached = new Set([id]);
  for (const at of reached) {
    for (const dependent of plan.dependents.get(at) ?? []) {
      reached.add(dependent);
    }
  }
  reached.delete(id);
  return plan.steps.flatMap(({ plugin, decision }) =>
    plugin !== undefined && decision.kind === "load" &&
      reached.has(plugin.manifest.id)
      ? [plugin.manifest.id]
      : []
  ).reverse();
}

function requirementsOf(plan: Plan, id: string): readonly string[] {
  return selectPlan(plan, id).steps
    .flatMap(({ plugin }) => plugin?.manifest.id ?? []);
}

function refuseForDependents(id: string, ids: readonly string[]): PluginError {
  return errorOf(id, [{
    code: "PLUGIN_DEPENDENTS_LIVE",
    message: `Cannot disable plugin "${id}": enabled plugins require it: ${
      listIds(ids)
    }`,
    remedy: "Disable them first, or add --dependents",
  }]);
}

/** Returns why a host would not load a plugin that is now enabled. */
function problemsOf(
  { inspection, plan }: StateEditor,
  id: string,
  changed: readonly string[],
): readonly Problem[] {
  const after = planGranted(inspection, new Set(changed));
  const decision = after.steps[after.places.get(id) ?? -1]?.decision;
  if (decision?.kind !== "refuse") return [];
  const disabled = new Set(inspection.snapshot.disabled);
  const off = requirementsOf(plan, id)
    .filter((one) => one !== id && disabled.has(one));
  return decision.problems.map((problem) =>
    problem.code === "PLUGIN_DEPENDENCY_DISABLED" && off.length > 0
      ? { ...problem, remedy: `Enable ${listIds(off)}, or add --requirements` }
      : problem
  );
}

function textOf(
  run: CommandRun,
  action: "enable" | "disable",
  { id, changed, problems }: SwitchResult,
): string {
  const others = changed.filter((one) => one !== id);
  const done = changed.length === 0
    ? `Plugin "${id}" was ${action}d already`
    : changed.includes(id)
    ? `Plugin "${id}" is now ${action}d` +
      (others.length === 0
        ? ""
        : `, and so ${others.length === 1 ? "is" : "are"} ${listIds(others)}`)
    : `Plugin "${id}" was ${action}d already; now so ${
      others.length === 1 ? "is" : "are"
    } ${listIds(others)}`;
  return formatChange(
    run,
    done,
    problems.length === 0 ? EFFECTS[action] : "A host would not load it:",
  ) + joinLines(formatProblems(problems, run.terminal.screen));
}

function switchCommand(
  run: CommandRun,
  action: "enable" | "disable",
  describe: (command: Command) => Command,
): Command {
  const isEnabling = action === "enable";

  function eventOf(plugin: ReadPlugin | string, by: string): LifecycleEvent {
    return isEnabling
      ? { action: "plugin.enabled", plugin, by }
      : { action: "plugin.disabled", plugin, by, isLast: true };
  }

  async function change(
    id: string,
    sources: readonly string[],
    flags: SwitchFlags,
  ): Promise<Outcome> {
    assertFindable(id, sources, flags);
    using editor = await StateEditor.open(run, sources, flags);
    const { plan } = editor;
    const find = (one: string) =>
      flags.builtin === true && !plan.claimants.has(one)
        ? one
        : editor.find(action, one);
    const plugin = find(id);
    let changed: readonly string[] = [];
    try {
      const dependents = isEnabling ? [] : dependentsOf(plan, id);
      if (dependents.length > 0 && flags.dependents !== true) {
        throw refuseForDependents(id, dependents);
      }
      const ids = flags.requirements === true
        ? requirementsOf(plan, id)
        : [...dependents, id];
      await editor.change(ids, (current) => {
        const next = switchPlugins(current, ids, isEnabling);
        changed = next.changed;
        return next.plugins;
      }, () => changed.map((one) => eventOf(find(one), flags.by)));
    } catch (thrown) {
      editor.fail(`plugin.${action}.failed`, plugin, flags.by, thrown);
    }
    const problems = isEnabling ? problemsOf(editor, id, changed) : [];
    const result: SwitchResult = {
      id,
      enabled: isEnabling,
      changed,
      ...editor.result,
      problems,
    };
    return {
      result,
      text: textOf(run, action, result),
      exitCode: problems.length === 0 ? 0 : 1,
    };
  }

  const command = new Command(action)
    .argument("<id>", "the plugin")
    .argument("[source...]", "the sources of the host, to find the plugin in")
    .option("--builtin", "the plugin is in the host's code, and in no source");
  return addChangeOptions(describe(command))
    .option("--json", "print the result as JSON")
    .action((id: string, sources: readonly string[], flags: SwitchFlags) =>
      run.run(action, flags.json, () => change(id, sources, flags))
    );
}

export function enableCommand(run: CommandRun): Command {
  return switchCommand(run, "enable", (command) =>
    command
      .summary("enable a plugin in the state file of a host")
      .description(
        "Enables a plugin in the state file of a host. A host loads it when it starts, or when the " +
          "application enables it. Runs no plugin code.",
      )
      .option("--requirements", "enable the plugins that it requires as well"));
}

export function disableCommand(run: CommandRun): Command {
  return switchCommand(run, "disable", (command) =>
    command
      .summary("disable a plugin in the state file of a host")
      .description(
        "Disables a plugin in the state file of a host. A host that starts does not load it. A running host " +
          "ends it at its next change of any plugin. Runs no plugin code.",
      )
      .option("--dependents", "disable the plugins that require it as well"));
}
