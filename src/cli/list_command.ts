import { Command } from "commander";
import type { FoundPlugin } from "../manifest/manifest.ts";
import { escapeControls } from "../base/text.ts";
import {
  PERMISSION_KINDS,
  type PermissionDeclaration,
} from "../permissions/permission_set.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import { formatProblems, formatTable, joinLines } from "./format.ts";
import { readHostDescription } from "./host_options.ts";
import { inspectorFor } from "./inspect_host.ts";
import type { Screen } from "../base/terminal_text.ts";

const MAX_VALUES = 3;

function formatPermissions(declared: PermissionDeclaration): string {
  const kinds = PERMISSION_KINDS.flatMap((kind) => {
    const list = declared[kind];
    if (list === undefined) return [];
    if (list === true) return [`${kind} (all)`];
    const rest = list.length - MAX_VALUES;
    const shown = list.slice(0, MAX_VALUES).join(", ");
    return [`${kind} ${shown}${rest > 0 ? ` and ${rest} more` : ""}`];
  });
  return kinds.length === 0 ? "none" : kinds.join("; ");
}

async function readAll(
  run: CommandRun,
  sources: readonly string[],
): Promise<readonly FoundPlugin[]> {
  const host = await readHostDescription(
    sources,
    { switches: false },
    run.importModule,
  );
  run.terminal.progress(() => "Reading manifests");
  return (await inspectorFor(host).inspect()).found;
}

function resultOf(plugins: readonly FoundPlugin[]): unknown {
  return {
    plugins: plugins.filter((one) => one.ok)
      .map(({ source, manifest }) => ({ ...manifest, source })),
    unusable: plugins.filter((one) => !one.ok)
      .map(({ id, source, problems }) => ({ id, source, problems })),
  };
}

function textOf(plugins: readonly FoundPlugin[], screen: Screen): string {
  const readable = plugins.filter((one) => one.ok);
  const rows = readable.map(({ manifest }) => {
    const { id, type, version, permissions, optionalPermissions } = manifest;
    const optional = Object.keys(optionalPermissions).length === 0
      ? ""
      : `, optional: ${formatPermissions(optionalPermissions)}`;
    return [id, type, version, formatPermissions(permissions) + optional];
  });
  const table = formatTable(
    ["ID", "TYPE", "VERSION", "PERMISSIONS"],
    rows,
    screen,
  );
  const unusable = plugins.filter((one) => !one.ok).flatMap((one) => [
    `${screen.paint.red("unusable")} ${escapeControls(one.source)}`,
    ...formatProblems(one.problems, screen),
  ]);
  return table + joinLines(unusable);
}

export function listCommand(run: CommandRun): Command {
  async function list(sources: readonly string[]): Promise<Outcome> {
    const plugins = await readAll(run, sources);
    if (plugins.length === 0) run.note("There are no plugins in these sources");
    return {
      result: resultOf(plugins),
      text: textOf(plugins, run.terminal.screen),
      exitCode: plugins.every(({ ok }) => ok) ? 0 : 1,
    };
  }

  return new Command("list")
    .summary("list the plugins of sources")
    .description(
      "Lists the id, type, version and permissions of plugins from their manifests. Runs no plugin code.",
    )
    .argument(
      "<source...>",
      "directories, plugin.json files, jsr: and npm: packages",
    )
    .option("--json", "print the result as JSON")
    .action((sources: readonly string[], flags: { readonly json?: true }) =>
      run.run("list", flags.json, () => list(sources))
    );
}
