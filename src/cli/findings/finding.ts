/** Findings of commands, for the formats that other programs read. */

import { PLUGIN_ERROR_CODES, type Problem } from "../../base/errors.ts";
import {
  fromFileUrl,
  joinFilePath,
  MANIFEST_FILE,
  readFileStart,
} from "../../base/path.ts";
import {
  type FoundPlugin,
  MAX_MANIFEST_BYTES,
} from "../../manifest/manifest.ts";
import { parseSource } from "../../manifest/source.ts";
import type { Hazard, HazardLevel } from "../../permissions/path_hazards.ts";
import {
  formatEntry,
  type PermissionEntry,
} from "../../permissions/permission_set.ts";
import type { PlanStep } from "../../plan/plan.ts";
import { JsonPositions, type TextPosition } from "./json_position.ts";

export type Severity = "error" | "warning" | "note" | HazardLevel;

const SEVERITIES: readonly Severity[] = [
  "critical",
  "error",
  "high",
  "warning",
  "medium",
  "low",
  "note",
];

/** The place of a finding. */
export interface Place extends Partial<TextPosition> {
  /** The absolute path of the file, or the URL or specifier of the module. */
  readonly file: string;
}

export interface Finding {
  readonly severity: Severity;
  /** An error code, or e.g. `hazard-net`. */
  readonly rule: string;
  /** The meaning of the rule. */
  readonly meaning: string;
  readonly message: string;
  readonly remedy: string;
  /** The plugin; `undefined` if it is unknown, or the host itself. */
  readonly id?: string | undefined;
  readonly source?: string | undefined;
  /** The place in the manifest, e.g. `permissions.net[0]`. */
  readonly path?: string | undefined;
  readonly place?: Place | undefined;
}

/** A problem, and its place if that is in a module of the plugin. */
export type LocatedProblem = Problem & {
  readonly place?: Partial<TextPosition> & {
    /** Relative to the plugin's directory. */
    readonly file: string;
  };
};

/** Orders findings, the worst first. */
export function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((one, other) =>
    SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity)
  );
}

interface ManifestText {
  readonly file: string;
  /** Absent if it is not a file. */
  readonly text?: string;
}

function readManifestText(found: FoundPlugin): ManifestText | undefined {
  if (found.ok && found.code.kind === "module" && found.code.judged) {
    const { place, bytes, stamp } = found.code.judged;
    // A URL may hold a secret, which the source masks.
    return stamp === undefined
      ? { file: found.source }
      : { file: place, text: new TextDecoder().decode(bytes) };
  }
  const parsed = parseSource(found.source, Deno.cwd());
  if (!parsed.ok) return undefined;
  const { location } = parsed;
  if (location.kind !== "file") return { file: found.source };
  const path = fromFileUrl(location.url);
  for (const file of [path, joinFilePath(path, MANIFEST_FILE)]) {
    try {
      if (!Deno.statSync(file).isFile) continue;
      const bytes = readFileStart(file, MAX_MANIFEST_BYTES);
      return { file, text: new TextDecoder().decode(bytes) };
    } catch {
      // The problem says why it cannot be read.
    }
  }
  return { file: path };
}

/** Finds the places of one plugin's findings. */
export class Places {
  readonly #found: FoundPlugin;
  #manifest: ManifestText | undefined;
  #positions: JsonPositions | undefined;

  constructor(found: FoundPlugin) {
    this.#found = found;
  }

  /** Returns the place of a value in the manifest. */
  manifest(path: string | undefined): Place | undefined {
    this.#manifest ??= readManifestText(this.#found);
    if (this.#manifest === undefined) return undefined;
    const { file, text } = this.#manifest;
    if (text === undefined) return { file };
    this.#positions ??= new JsonPositions(text);
    return { file, ...this.#positions.find(path ?? "") };
  }

  /** Returns the place of a value in a list of a manifest, or of its list. */
  permission({ kind, value }: PermissionEntry): {
    readonly path: string;
    readonly place: Place | undefined;
  } {
    const { ok } = this.#found;
    const manifest = ok ? this.#found.manifest : undefined;
    for (const field of ["permissions", "optionalPermissions"] as const) {
      const list = manifest?.[field][kind];
      if (list === undefined) continue;
      const index = list === true ? -1 : list.indexOf(value ?? "");
      const isElsewhere = index === -1 && field === "permissions" &&
        list !== true && manifest?.optionalPermissions[kind] !== undefined;
      if (isElsewhere) continue;
      const path = `${field}.${kind}${index === -1 ? "" : `[${index}]`}`;
      return { path, place: this.manifest(path) };
    }
    const path = `permissions.${kind}`;
    return { path, place: this.manifest(path) };
  }

  problem({ message, path, place, code }: LocatedProblem): Place | undefined {
    const { ok } = this.#found;
    const directory = ok ? this.#found.directory : undefined;
    if (place !== undefined && directory !== undefined) {
      return { ...place, file: joinFilePath(directory, place.file) };
    }
    const manifest = this.manifest(path);
    const [, line, column] = code === "PLUGIN_MANIFEST_INVALID"
      ? /: line (\d+), column (\d+)$/.exec(message) ?? []
      : [];
    return manifest === undefined || line === undefined
      ? manifest
      : { ...manifest, line: Number(line), column: Number(column) };
  }
}

/** Makes the findings of a plugin's problems. */
export function problemFindings(
  found: FoundPlugin,
  problems: readonly LocatedProblem[],
): readonly Finding[] {
  const places = new Places(found);
  const id = found.ok ? found.manifest.id : found.id;
  return problems.map((problem) => ({
    severity: "error",
    rule: problem.code,
    meaning: PLUGIN_ERROR_CODES[problem.code],
    message: problem.message,
    remedy: problem.remedy,
    id,
    source: found.source,
    path: problem.path,
    place: places.problem(problem),
  }));
}

/** Makes the findings of refused plugins. */
export function refusalFindings(
  found: readonly FoundPlugin[],
  steps: readonly Pick<PlanStep, "index" | "decision">[],
): readonly Finding[] {
  return steps.flatMap(({ index, decision }) => {
    const plugin = found[index];
    return plugin === undefined || decision.kind !== "refuse"
      ? []
      : problemFindings(plugin, decision.problems);
  });
}

/** Makes the findings of hazards; without a plugin, of the host's own. */
export function hazardFindings(
  found: FoundPlugin | undefined,
  hazards: readonly Hazard[],
): readonly Finding[] {
  const places = found && new Places(found);
  return hazards.map((hazard): Finding => {
    const { level, kind, entry, reason, remedy } = hazard;
    return {
      severity: level,
      rule: `hazard-${kind}`,
      meaning: `A permission of kind ${kind} is more dangerous than it looks`,
      message: `${formatEntry(entry)} ${reason}`,
      remedy,
      id: found?.ok ? found.manifest.id : undefined,
      source: found?.source,
      ...places?.permission(entry),
    };
  });
}
