/** The application that docs/hosts.md begins with. */

import { assert, assertEquals } from "@std/assert";
import { readSteps, runLine } from "./page_steps.ts";

const ROOT = new URL("../../", import.meta.url);

/** The page. */
export const HOSTS_PAGE = await Deno.readTextFile(
  new URL("docs/hosts.md", ROOT),
);

/** The steps of its first section. */
export const STEPS = readSteps(HOSTS_PAGE);

/** Writes the application into an empty directory, for another port. */
export async function withApplication(
  port: number,
  test: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "semantik-application-" }),
  );
  try {
    const root = ROOT.pathname.replace(/\/$/, "");
    // The page adds them from registries.
    await Deno.writeTextFile(
      `${directory}/deno.json`,
      JSON.stringify({
        imports: {
          "@semantik/plugins": "jsr:@semantik/plugins@^0.1.0",
          "@std/assert": "jsr:@std/assert@^1.0.19",
          "zod": "npm:zod@^4.6.7",
        },
        links: [root],
        vendor: true,
        lock: false,
        nodeModulesDir: "none",
      }),
    );
    const linked = await runLine(`ln -s '${root}/vendor' vendor`, directory);
    assertEquals(linked.code, 0, linked.stderr);
    for (const step of STEPS) {
      if (step.kind !== "file") continue;
      const path = `${directory}/${step.path}`;
      await Deno.mkdir(path.replace(/\/[^/]+$/, ""), { recursive: true });
      await Deno.writeTextFile(path, withPort(step.text, port));
    }
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Replaces the port that the page uses. */
export function withPort(text: string, port: number): string {
  return text.replaceAll("8000", String(port));
}

/** Returns the flags that the command line prints for the application. */
export async function printFlags(
  directory: string,
  port: number,
): Promise<readonly string[]> {
  const [line] = STEPS.flatMap((step) =>
    step.kind === "run" && step.line.includes("/cli permissions")
      ? [step.line]
      : []
  );
  assert(line !== undefined);
  await Deno.mkdir(`${directory}/data`, { recursive: true });
  const { code, stderr, stdout } = await runLine(
    withPort(line, port),
    directory,
  );
  assertEquals(code, 0, stderr);
  return stdout.trim().replaceAll("'", "").split(" ");
}
