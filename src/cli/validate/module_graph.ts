/**
 * What the modules of a plugin import, as Deno itself reads them. Runs no code.
 *
 * @module
 */

import { z } from "zod";
import { denoProgram } from "./deno_program.ts";

const resolution = z.object({
  specifier: z.string().optional(),
  error: z.string().optional(),
  span: z.object({ start: z.object({ line: z.number() }) }).optional(),
});

const graphSchema = z.object({
  roots: z.array(z.string()),
  redirects: z.record(z.string(), z.string()).default({}),
  modules: z.array(z.object({
    specifier: z.string(),
    error: z.string().optional(),
    dependencies: z.array(z.object({
      specifier: z.string(),
      // Left out where only types are imported.
      code: resolution.optional(),
    })).default([]),
  })),
});

/** The modules of a plugin, and what each imports. */
export type ModuleGraph = z.infer<typeof graphSchema>;

/** A module of a graph. */
export type GraphModule = ModuleGraph["modules"][number];

/**
 * Whether the modules of a plugin can be read: that takes another Deno.
 *
 * @returns Whether this process may start one without anybody being asked.
 */
export function canReadModuleGraph(): boolean {
  const read = Deno.permissions.querySync({ name: "read", path: "." });
  try {
    const { state } = Deno.permissions.querySync({
      name: "run",
      command: denoProgram(),
    });
    return state === "granted" && read.state !== "denied";
  } catch {
    return false;
  }
}

/**
 * Reads the modules that one leads to. What lies on servers and in registries is
 * not fetched, and no configuration is heeded: a host in another folder heeds
 * none of the plugin's either.
 *
 * Needs `run` permission for Deno itself.
 *
 * @param entry The module, as a `file:` URL.
 * @param signal Ends it.
 * @returns The graph, or `undefined` where Deno gave none.
 */
export async function readModuleGraph(
  entry: string,
  signal: AbortSignal,
): Promise<ModuleGraph | undefined> {
  const { code, stdout } = await new Deno.Command(denoProgram(), {
    args: [
      "info",
      "--json",
      "--no-config",
      "--no-lock",
      "--no-remote",
      "--no-npm",
      "--node-modules-dir=none",
      entry,
    ],
    env: { DENO_NO_PACKAGE_JSON: "1", NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
    signal,
  }).output();
  if (code !== 0) return undefined;
  try {
    const parsed = graphSchema.safeParse(
      JSON.parse(new TextDecoder().decode(stdout)),
    );
    return parsed.data;
  } catch {
    return undefined;
  }
}
