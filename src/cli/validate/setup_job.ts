/** The protocol between the process that validates a plugin and the one that runs it. */

import { z } from "zod";
import {
  PLUGIN_ERROR_CODES,
  type PluginErrorCode,
  type Problem,
} from "../../base/errors.ts";
import { HEALTH_STATUSES } from "../../events/lifecycle_event.ts";

/** The plugin to run, sent as JSON. */
export interface SetupJob {
  /** A secret prefix of every message, so that the plugin cannot forge one. */
  readonly mark: string;
  readonly id: string;
  readonly type: string;
  /** The sources of the plugin and of those it requires. */
  readonly sources: readonly string[];
  readonly hostVersion: string;
  /** The directory for `$DATA`. */
  readonly dataDirectory: string;
  /** The configuration of each plugin, by id. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The methods that the plugin must have. */
  readonly methods: readonly string[];
  /** The time limit of each call into the plugin, in milliseconds. */
  readonly timeout: number;
  /** Reports the variables that the plugin reads in its context. */
  readonly watchesEnv: boolean;
}

/** The message before the plugin's code runs. */
export const READY = "ready";

/** The message that precedes the names of replaced built-ins. */
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
  /** The variables that it read in its context. */
  variables: z.array(z.string()),
});

export type SetupResult = z.infer<typeof resultSchema>;

const MAX_NAMES = 20;

/** Returns a problem if a process reported replaced built-ins. */
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
      "Do not change them: the host and all of its plugins use them. The " +
      "other results of this run are unreliable",
  }];
}

/** Finds the result in the output of a process, which may hold output of the plugin too. */
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
