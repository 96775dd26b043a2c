import { PluginError } from "../../base/errors.ts";
import { union } from "../../permissions/set_algebra.ts";
import type { PlanStep } from "../../plan/plan.ts";
import { checkManifest, type PluginSet } from "./check_manifest.ts";
import { checkModules } from "./check_modules.ts";
import { checkPackage } from "./check_package.ts";
import { checkRun, type RunOptions } from "./check_run.ts";
import { readForeignImports } from "./module_graph.ts";
import {
  type Findings,
  mergeFindings,
  type PluginCheck,
} from "./plugin_check.ts";

export interface CheckOptions {
  readonly inspectsModules: boolean;
  /** Left out if plugins are not run. */
  readonly running: RunOptions | undefined;
  readonly signal: AbortSignal;
}

/** Checks one plugin in every way that the options allow. */
export async function checkPlugin(
  set: PluginSet,
  step: PlanStep,
  { inspectsModules, running, signal }: CheckOptions,
): Promise<PluginCheck> {
  const { decision, index } = step;
  const { found: plugins, snapshot } = set.inspection;
  const found = plugins[index];
  const known = snapshot.plugins[index];
  const { id, type, version, source } = decision;
  const check = checkManifest(set, step, running !== undefined);
  const all: Findings[] = [check];
  if (found?.ok && known !== undefined && inspectsModules) {
    const { required, optional } = known;
    all.push(await checkModules(found, union(required, optional), signal));
  }
  if (found?.ok) {
    all.push(await checkPackage(found, inspectsModules, signal));
  }
  const imports = found?.ok && inspectsModules
    ? (await readForeignImports([found], signal))?.[found.manifest.id]
    : undefined;
  let run: PluginCheck["run"];
  if (
    running !== undefined && found?.ok && decision.kind === "load"
  ) {
    try {
      const findings = await checkRun(set, found, running);
      run = findings.run;
      all.push(findings);
    } catch (thrown) {
      // E.g. no flag can express what it needs. The other plugins still run.
      if (!(thrown instanceof PluginError)) throw thrown;
      all.push({ problems: thrown.problems, notes: [] });
    }
  }
  const { hazards } = check;
  const findings = mergeFindings(...all);
  return { id, type, version, source, hazards, ...findings, imports, run };
}
