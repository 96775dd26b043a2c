/**
 * What is said between the process that validates a plugin and the one that
 * runs it.
 *
 * @module
 */

import { z } from "zod";
import { HEALTH_STATUSES } from "../../host/health.ts";
import { PLUGIN_ERROR_CODES, type PluginErrorCode } from "../../errors.ts";

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
