import { Command } from "commander";
import type { FoundPlugin, ReadPlugin } from "../manifest/manifest.ts";
import { escapeControls } from "../base/text.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import {
  formatCounts,
  formatProblems,
  formatTable,
  joinLines,
  withTotal,
  wrapLine,
} from "./format.ts";
import {
  addVerificationOptions,
  type HostFlags,
  readHostDescription,
} from "./host_options.ts";
import { inspectorFor } from "./inspect_host.ts";
import {
  formatAside,
  formatDescription,
  formatPermissions,
  formatSource,
  repeatedIds,
} from "./plugin_overview.ts";
import type { Screen } from "../base/terminal_text.ts";

type ListFlags = Pick<HostFlags, "lock" | "trust" | "store"> & {
  readonly json?: true;
};

async function readAll(
  run: CommandRun,
  sources: readonly string[],
  flags: ListFlags,
): Promise<readonly FoundPlugin[]> {
  const host = await readHostDescription(
    sources,
    { ...flags, switches: false },
    run.importModule,
  );
  run.terminal.progress(() => "Reading manifests");
  return (await inspectorFor(host).inspect()).found;
}

function resultOf(plugins: readonly FoundPlugin[]): unknown {
  return {
    plugins: plugins.filter((one) => one.ok)
      .map(({ source, manifest, trust }) => ({
        ...manifest,
        source,
        ...trust === undefined
          ? {}
          : { trust: trust.level, reasons: trust.reasons },
      })),
    unusable: plugins.filter((one) => !one.ok)
      .map(({ id, source, problems }) => ({ id, source, problems })),
  };
}

function textOf(plugins: readonly FoundPlugin[], screen: Screen): string {
  const { paint } = screen;
  const unusable = plugins.filter((one) => !one.ok);
  const readable = plugins.filter((one) => one.ok);
  const repeated = repeatedIds(
    plugins.map((one) => one.ok ? one.manifest.id : one.id),
  );
  const isUnique = ({ manifest }: ReadPlugin) => !repeated.has(manifest.id);
  const unique = readable.filter(isUnique).length;
  const rows = readable
    .toSorted((one, other) => Number(isUnique(one)) - Number(isUnique(other)))
    .map((plugin) => {
      const { manifest, source } = plugin;
      const { id, type, version } = manifest;
      const { permissions, optionalPermissions } = manifest;
      const optional = Object.keys(optionalPermissions).length === 0
        ? ""
        : `; optional: ${formatPermissions(optionalPermissions)}`;
      const declared = formatPermissions(permissions) + optional;
      return {
        cells: [
          { text: id, paint: isUnique(plugin) ? paint.bold : paint.yellow },
          type,
          version,
          ...plugin.trust === undefined ? [] : [plugin.trust.level],
        ],
        below: [
          ...formatDescription(manifest, screen),
          ...formatAside(escapeControls(declared), screen),
          ...isUnique(plugin) ? [] : formatSource(source, screen),
        ],
      };
    });
  const headings = ["ID", "TYPE", "VERSION"];
  if (readable.some(({ trust }) => trust !== undefined)) headings.push("TRUST");
  const broken = unusable.flatMap((one) => [
    ...wrapLine(
      `${paint.red("unusable")} ${escapeControls(one.source)}`,
      screen,
    ),
    ...formatProblems(one.problems, screen),
  ]);
  return withTotal(
    joinLines(broken) + formatTable(headings, rows, screen),
    formatCounts(plugins.length, "plugin", [
      [unusable.length, "unusable"],
      [readable.length - unique, "with a repeated id"],
    ]),
    screen,
  );
}

export function listCommand(run: CommandRun): Command {
  async function list(
    sources: readonly string[],
    flags: ListFlags,
  ): Promise<Outcome> {
    const plugins = await readAll(run, sources, flags);
    if (plugins.length === 0) run.note("There are no plugins in these sources");
    return {
      result: resultOf(plugins),
      text: textOf(plugins, run.terminal.screen),
      exitCode: plugins.every(({ ok }) => ok) ? 0 : 1,
    };
  }

  const command = new Command("list")
    .summary("list the plugins of sources")
    .description(
      "Lists plugins from their manifests, with their descriptions and permissions; unusable ones first. With --lock or " +
        "--trust, it also says how far each is trusted. Runs no plugin code.",
    )
    .argument(
      "<source...>",
      "directories, plugin.json files, jsr: and npm: packages",
    );
  return addVerificationOptions(command)
    .option("--json", "print the result as JSON")
    .action((sources: readonly string[], flags: ListFlags) =>
      run.run("list", flags.json, () => list(sources, flags))
    );
}
