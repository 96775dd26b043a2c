import { PluginError } from "../../base/errors.ts";
import { fromFileUrl, joinFilePath } from "../../base/path.ts";
import type { ReadPlugin } from "../../manifest/manifest.ts";
import { union } from "../../permissions/set_algebra.ts";
import type { PlanStep } from "../../plan/plan.ts";
import { readCodeFiles } from "../../runners/in_process/imported_code.ts";
import type { ScanFinding } from "../../scan/judge_scan.ts";
import { checkManifest, type PluginSet } from "./check_manifest.ts";
import { checkModules } from "./check_modules.ts";
import { checkPackage } from "./check_package.ts";
import { checkRun, type RunOptions } from "./check_run.ts";
import {
  ownModules,
  readForeignImports,
  readModuleGraph,
} from "./module_graph.ts";
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

function placeOf(path: string, directory: string): string {
  return path.split("/").reduce(joinFilePath, directory);
}

/**
 * Scans the code that a host would run. Tests and tools beside it may do what the
 * plugin does not declare; `semantik-plugin scan` looks at them too.
 */
async function scanCode(
  { code, directory, manifest }: ReadPlugin,
  isBroken: boolean,
  { inspectsModules, signal }: CheckOptions,
): Promise<readonly ScanFinding[]> {
  if (directory === undefined || code.kind === "object") return [];
  // Only a scan loads the parser.
  const { scanDirectory } = await import("../../scan/scan_directory.ts");
  const { findings } = scanDirectory(directory, manifest);
  if (findings.length === 0) return [];
  const graph = inspectsModules
    ? await readModuleGraph(code.specifier, signal)
    : undefined;
  const files = graph === undefined
    ? readCodeFiles(fromFileUrl(new URL(code.specifier)), directory).files
    : new Set(
      ownModules(graph, directory).map((path) => placeOf(path, directory)),
    );
  // A module that does not parse may be a problem already.
  return findings.filter(({ file, rule, severity }) =>
    severity !== "note" && !(isBroken && rule === "unparsed") &&
    files.has(placeOf(file, directory))
  );
}

/** Checks one plugin in every way that the options allow. */
export async function checkPlugin(
  set: PluginSet,
  step: PlanStep,
  options: CheckOptions,
): Promise<PluginCheck> {
  const { inspectsModules, running, signal } = options;
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
  const isBroken = findings.problems.length > 0;
  const scan = found?.ok ? await scanCode(found, isBroken, options) : [];
  const own = { id, type, version, source, hazards, scan };
  return { ...own, ...findings, imports, run };
}
