/**
 * What is said between the process that validates a plugin and the one that
 * runs it.
 *
 * @module
 */

import { z } from "zod";
import { HEALTH_STATUSES } from "../../host/health.ts";
import {
  PLUGIN_ERROR_CODES,
  type PluginErrorCode,
  type Problem,
} from "../../base/errors.ts";

/** What to run. Plain data: it goes to the other process as JSON. */
export interface SetupJob {
  /** What the line of the result begins with: nobody else can know it. */
  readonly mark: string;
  /** The plugin. */
  readonly id: string;
  /** Its type. */
  readonly type: string;
  /** Where it and the plugins that it requires are. */
  readonly sources: readonly string[];
  /** The version of the host. */
  readonly hostVersion: string;
  /** The directory for `$DATA`. */
  readonly dataDirectory: string;
  /** The configuration of each plugin, by id. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The methods that the plugin must have. */
  readonly methods: readonly string[];
  /** How long each call into it may take, in milliseconds. */
  readonly timeout: number;
}

/** Stands after the mark before the plugin's code runs. */
export const READY = "ready";

/** Stands after the mark, before the names of built-ins that were replaced. */
export const REPLACED = "replaced";

function isCode(text: string): text is PluginErrorCode {
  return Object.hasOwn(PLUGIN_ERROR_CODES, text);
}

const problem = z.object({
  code: z.string().refine(isCode),
  message: z.string(),
  remedy: z.string(),
  path: z.string().exactOptional(),
});

const resultSchema = z.object({
  problems: z.array(problem),
  health: z.object({
    status: z.enum(HEALTH_STATUSES),
    message: z.string().exactOptional(),
    latencyMs: z.number(),
    checkedAt: z.string(),
  }).optional(),
  methods: z.array(z.string()),
});

/** What came of it. */
export type SetupResult = z.infer<typeof resultSchema>;

const MAX_NAMES = 20;

/**
 * Finds what a process said about built-ins that were replaced.
 *
 * @param output What was printed.
 * @param mark What the lines begin with.
 * @returns A problem, or none.
 */
export function replacedProblems(
  output: string,
  mark: string,
): readonly Problem[] {
  const lines = output.split(`\n${mark}${REPLACED} `).slice(1);
  const names = new Set(
    lines.flatMap((line) => line.split("\n", 1)[0]?.split(" ") ?? []),
  );
  if (names.size === 0) return [];
  const shown = [...names].slice(0, MAX_NAMES).join(", ");
  const rest = names.size - MAX_NAMES;
  return [{
    code: "PLUGIN_CONTRACT_BROKEN",
    message: `It replaces built-ins of the process: ${shown}${
      rest > 0 ? ` and ${rest} more` : ""
    }`,
    remedy:
      "Leave them as they are: the host and all of its plugins run with " +
      "them. Nothing else that this run found can be relied on",
  }];
}

/**
 * Finds the result in what a process printed: the plugin may have printed there
 * too.
 *
 * @param output What was printed.
 * @param mark What the line begins with.
 * @returns The result, or `undefined` where there is none that can be used.
 */
export function findSetupResult(
  output: string,
  mark: string,
): SetupResult | undefined {
  const start = output.lastIndexOf(mark);
  if (start === -1) return undefined;
  const [line = ""] = output.slice(start + mark.length).split("\n");
  try {
    return resultSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
