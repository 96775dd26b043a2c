/** What a host reports of the same plugins in its process and in others. */

import { assert, assertEquals } from "@std/assert";
import type { Expected } from "../../hostile/expected.ts";
import { makeHostile } from "../../hostile/make_hostile.ts";
import { TABLE } from "../../hostile/table.ts";
import { runFixture } from "../../host/run_fixture.ts";

const HOSTILE = `${import.meta.dirname}/../../hostile`;

/**
 * The plugins that another process treats in another way, and how: docs/subprocess.md
 * says so.
 */
const DIFFERENCES: ReadonlyMap<string, string> = new Map(Object.entries({
  // Only in one process does an import wait for what it exports.
  "default-thenable": "failed PLUGIN_CONTRACT_BROKEN",
  "default-proxy": "failed PLUGIN_MODULE_INVALID",
  "default-revoked-proxy": "failed PLUGIN_MODULE_INVALID",
  // The process ends after its setup, and the next call starts it again.
  "setup-leaves-rejection": "loaded",
  // Methods of other plugins return promises.
  "good-dependent": "loaded good-dependent on [object Promise]",
}));

/** These reach for what only a plugin in the host's process can reach. */
async function reachesHost(folder: string): Promise<boolean> {
  const text = await Deno.readTextFile(`${HOSTILE}/${folder}/mod.ts`)
    .catch(() => "");
  return text.includes('Symbol.for("hostile")');
}

/** Needs a builtin, a refused permission or another plugin that reaches for the host. */
const OTHERWISE: ReadonlySet<string> = new Set([
  "wants-run",
  "squats-builtin",
  "squatting/aaa-squatter",
  "squatting/squatted",
  "requires-crashing",
]);

function expectedOf(folder: string, id: string, one: Expected): string {
  const difference = DIFFERENCES.get(folder);
  if (difference !== undefined) return difference;
  if (one.outcome !== "loaded") return `${one.outcome} ${one.code}`;
  if (one.type !== undefined) return "loaded";
  const says = "says" in one ? one.says : id;
  return says === undefined ? "loaded" : `loaded ${says}`;
}

/**
 * Compares what a host reports of plugins in its process and in others.
 *
 * @param mode The way in which Deno enforces their manifests.
 * @param isTaken Chooses the plugins by their number and their folder.
 */
export async function compareRunners(
  mode: "flags" | "live",
  isTaken: (index: number, folder: string) => boolean = () => true,
): Promise<void> {
  const made = await Deno.realPath(await Deno.makeTempDir());
  try {
    await makeHostile(made);
    // The path of a socket must be short, and some ids are long.
    const sockets = made.replace(/\/[^/]*$/, "/parity");
    const rows: (readonly [string, Expected])[] = [];
    for (const row of TABLE) {
      const [folder] = row;
      if (!OTHERWISE.has(folder) && !await reachesHost(folder)) {
        rows.push(row);
      }
    }
    assert(rows.length > 100);
    const compared = rows.filter(([folder], index) => isTaken(index, folder));
    const sources = compared.map(([folder]) =>
      folder.startsWith("made/")
        ? `${made}/${folder.slice("made/".length)}`
        : `${HOSTILE}/${folder}`
    );
    const { code, stdout, stderr } = await runFixture(
      "../../hostile/run_isolated.ts",
      {
        args: [mode === "live" ? sockets : "", ...sources],
        flags: [
          `--allow-read=.,${made},${sockets}`,
          ...mode === "live" ? ["--allow-net", `--allow-write=${sockets}`] : [],
          "--allow-env",
          `--allow-run=${Deno.execPath()},prlimit`,
        ],
      },
    );
    assertEquals(code, 0, stderr.slice(-2_000));
    const { found, said } = JSON.parse(stdout);
    const actual: string[] = [];
    const expected: string[] = [];
    for (const [index, [folder, one]] of compared.entries()) {
      const id = one.id ?? folder.split("/").at(-1) ?? "";
      const outcome: string = found[sources[index] ?? ""] ?? "nothing";
      const wanted = expectedOf(folder, id, one);
      expected.push(`${folder}: ${wanted}`);
      const isSaid = wanted.startsWith("loaded ") && outcome === "loaded";
      actual.push(`${folder}: ${isSaid ? `loaded ${said[id]}` : outcome}`);
    }
    assertEquals(actual, expected);
  } finally {
    await Deno.remove(made, { recursive: true });
  }
}
