/** The file in which several runs add up: uses by plugin, without secrets. Pure. */

import { isRecord, PluginError } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import { isPermissionKind } from "../permissions/permission_set.ts";
import { mergeUses, type Use } from "./use.ts";

/** The evidence about plugins, from one run or several. */
export interface Evidence {
  /** The number of runs. */
  readonly runs: number;
  /** The uses of each plugin, by its id. */
  readonly plugins: Readonly<Record<string, readonly Use[]>>;
}

const SCHEMA = 1;
const MAX_USES = 20_000;
const PLACE_REGEXP = /^[^\n]{1,1024}:\d{1,9}$/;

function invalid(path: string, fault: string): PluginError {
  return new PluginError(
    `Cannot read the evidence in ${quote(path)}: ${fault}`,
    {
      code: "PLUGIN_OPTION_INVALID",
      remedy: "Name a file that observe --merge wrote, or remove it",
    },
  );
}

function optionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

function parseUse(value: unknown): Use | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, value: named, place } = value;
  const { isListed, isUnset, isDenied, isSecret } = value;
  const isValid = typeof kind === "string" && isPermissionKind(kind) &&
    optionalText(named) &&
    (place === undefined ||
      (typeof place === "string" && PLACE_REGEXP.test(place)));
  if (!isValid) return undefined;
  return {
    kind,
    ...named === undefined ? {} : { value: named },
    ...place === undefined ? {} : { place },
    ...isListed === true ? { isListed } : {},
    ...isUnset === true ? { isUnset } : {},
    ...isDenied === true ? { isDenied } : {},
    ...isSecret === true ? { isSecret } : {},
  };
}

/**
 * Parses a file of evidence.
 *
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when the text is something else.
 */
export function parseEvidence(text: string, path: string): Evidence {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalid(path, "it is not JSON");
  }
  if (!isRecord(json) || json.schema !== SCHEMA || !isRecord(json.plugins)) {
    throw invalid(path, "it is not evidence of this version");
  }
  const { runs } = json;
  if (typeof runs !== "number" || !Number.isSafeInteger(runs) || runs < 0) {
    throw invalid(path, "its number of runs is not a whole number");
  }
  const plugins = Object.entries(json.plugins).map(([id, list]) => {
    const uses = Array.isArray(list) && list.length <= MAX_USES
      ? list.map(parseUse)
      : [undefined];
    if (uses.includes(undefined)) {
      throw invalid(path, `the uses of plugin ${quote(id)} are invalid`);
    }
    return [id, uses.filter((use) => use !== undefined)] as const;
  });
  return { runs, plugins: Object.fromEntries(plugins) };
}

/** Writes evidence as the text of a file, in a stable order. */
export function formatEvidence({ runs, plugins }: Evidence): string {
  const ordered = Object.entries(plugins)
    .toSorted(([one], [other]) => one < other ? -1 : 1)
    .map(([id, uses]) => [
      id,
      mergeUses(uses),
    ]);
  const json = { schema: SCHEMA, runs, plugins: Object.fromEntries(ordered) };
  return `${JSON.stringify(json, undefined, 2)}\n`;
}

/** Adds up evidence. */
export function mergeEvidence(...all: readonly Evidence[]): Evidence {
  const ids = new Set(all.flatMap(({ plugins }) => Object.keys(plugins)));
  return {
    runs: all.reduce((sum, { runs }) => sum + runs, 0),
    plugins: Object.fromEntries(
      [...ids].map((id) => [
        id,
        mergeUses(...all.map(({ plugins }) => plugins[id] ?? [])),
      ]),
    ),
  };
}
