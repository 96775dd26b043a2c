/** The files and commands that a page tells its reader to write and to run. */

import { fixture, runDeno } from "../permissions/run_fixture.ts";

const BLOCK_REGEXP = /^( *)```(\w+)(?: ignore)?(?: (\S+))?\n(.*?)^\1```$/gms;

/** A step of a page. */
export type Step =
  | { readonly kind: "file"; readonly path: string; readonly text: string }
  | { readonly kind: "run"; readonly line: string; readonly output: string };

/** Reads the steps of a page: fences with a path, and consoles. */
export function readSteps(page: string): readonly Step[] {
  return [...page.matchAll(BLOCK_REGEXP)].flatMap(
    ([, indent = "", language, path, block = ""]): readonly Step[] => {
      const text = block.replaceAll(new RegExp(`^${indent}`, "gm"), "");
      if (path !== undefined) return [{ kind: "file", path, text }];
      if (language !== "console") return [];
      return text.split(/^\$ /m).slice(1).map((one) => {
        const [line = "", ...output] = one.split("\n");
        return { kind: "run", line, output: output.join("\n").trim() };
      });
    },
  );
}

/** Removes the blocks that are steps. */
export function withoutSteps(page: string): string {
  return page.replaceAll(
    BLOCK_REGEXP,
    (block, _indent, language: string, path: string | undefined) =>
      language === "console" || path !== undefined ? "" : block,
  );
}

/** Builds a pattern of an output in which "…" matches anything. */
export function outputPattern(output: string): RegExp {
  const parts = output.split("…").map((part) =>
    part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
  );
  return new RegExp(`^${parts.join("[^]*")}$`);
}

/** Runs a command of a page in a shell. */
export async function runLine(
  line: string,
  directory: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  // The directory of the Deno that runs this test comes first, as a person's
  // `deno` would.
  const deno = Deno.execPath().replace(/[\\/][^\\/]+$/, "");
  const path = `${deno}:${Deno.env.get("PATH") ?? "/usr/bin:/bin"}`;
  const { stdout } = await runDeno([
    "run",
    "--allow-run",
    "--no-check",
    "--quiet",
    fixture("shell.ts"),
    "sh",
    line,
    directory,
  ], { env: { PATH: path, DENO_NO_UPDATE_CHECK: "1" } });
  return JSON.parse(stdout);
}
