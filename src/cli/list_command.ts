/**
 * `list`: what plugins there are, from their manifests alone.
 *
 * @module
 */

import { Command } from "commander";
import type { FoundPlugin } from "../manifest/manifest.ts";
import { denoSourcePowers } from "../manifest/powers.ts";
import { readSource } from "../manifest/read_source.ts";
import { escapeControls } from "../base/text.ts";
import type { CommandRun } from "./command_run.ts";
import { formatPermissions } from "./format_permissions.ts";
import { formatProblems } from "./format_problems.ts";
import { formatTable } from "./format_table.ts";
import type { Outcome } from "./outcome.ts";
import type { Paint } from "./paint.ts";

async function readAll(
  run: CommandRun,
  sources: readonly string[],
): Promise<readonly FoundPlugin[]> {
  const found: FoundPlugin[] = [];
  for (const source of sources) {
    run.terminal.progress(() => `Reading manifests: ${found.length}`);
    found.push(...await readSource(source, Deno.cwd(), denoSourcePowers));
  }
  return found;
}

function resultOf(plugins: readonly FoundPlugin[]): unknown {
  return {
    plugins: plugins.filter((one) => one.ok)
      .map(({ source, manifest }) => ({ ...manifest, source })),
    unusable: plugins.filter((one) => !one.ok)
      .map(({ id, source, problems }) => ({ id, source, problems })),
  };
}

function textOf(plugins: readonly FoundPlugin[], paint: Paint): string {
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
    paint,
  );
  const unusable = plugins.filter((one) => !one.ok).flatMap((one) => [
    `${paint.red("unusable")} ${escapeControls(one.source)}`,
    ...formatProblems(one.problems, paint),
  ]);
  return table + unusable.map((line) => `${line}\n`).join("");
}

/**
 * Makes the command.
 *
 * @param run The run of the command line.
 * @returns The command.
 */
export function listCommand(run: CommandRun): Command {
  async function list(sources: readonly string[]): Promise<Outcome> {
    const plugins = await readAll(run, sources);
    if (plugins.length === 0) run.note("There is no plugin in these sources");
    return {
      result: resultOf(plugins),
      text: textOf(plugins, run.terminal.paint),
      exitCode: plugins.every(({ ok }) => ok) ? 0 : 1,
    };
  }

  return new Command("list")
    .summary("id, type, version and permissions, from manifests alone")
    .description(
      "Lists the plugins of sources, from their manifests alone: no plugin code runs.",
    )
    .argument("<source...>", "directories, plugin.json files, URLs, packages")
    .option("--json", "print the result for machines")
    .action((sources: readonly string[], flags: { readonly json?: true }) =>
      run.run("list", flags.json, () => list(sources))
    );
}
