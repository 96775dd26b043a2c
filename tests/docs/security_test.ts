/** Compares the table of crashes in docs/security.md with the decision. */

import { assertEquals } from "@std/assert";
import { judgeCrash } from "../../src/runners/in_process/crash_guard.ts";

const PAGE = await Deno.readTextFile(
  new URL("../../docs/security.md", import.meta.url),
);
const KINDS = ["error", "rejection"] as const;

/** The parts of a crash that the table names. */
interface Case {
  readonly runs?: string;
  readonly files: readonly string[];
  readonly kinds?: readonly (typeof KINDS)[number][];
  readonly isShared?: boolean;
}

const CASES: Readonly<Record<string, Case>> = {
  "plugin A | A's": { runs: "A", files: ["A"] },
  "plugin A | none": { runs: "A", files: [] },
  "plugin A | B's": { runs: "A", files: ["B"] },
  "unknown | A's, an error": { files: ["A"], kinds: ["error"] },
  "unknown | A's, a rejection": { files: ["A"], kinds: ["rejection"] },
  "unknown | no plugin's": { files: ["host"] },
};

/** Returns who ends, for each kind of crash. */
function judge(
  { files, isShared = false, kinds = KINDS, runs }: Case,
  { isLinked = false, wasLeased = false },
): string {
  const results = kinds.map((kind) => {
    const verdict = judgeCrash(
      { kind, runs, isShared, files, isProven: files.length > 0 },
      {
        ownerOf: (file) => file === "host" ? undefined : file,
        hasFiles: () => true,
        neighborsOf: (id) => isLinked && id === "A" ? ["B"] : [],
        wasLeased: () => wasLeased,
      },
    );
    if (verdict.kind === "clear") return `${verdict.id} ends`;
    return verdict.kind === "unclear" ? "unclear" : "the process ends";
  });
  return [...new Set(results)].join(" or ");
}

/** Writes the result of a case as the page does. */
function describe(one: Case): string {
  const alone = judge(one, {});
  const linked = judge(one, { isLinked: true });
  const leased = judge(one, { wasLeased: true });
  if (leased !== alone) {
    return `${leased} if the host called it under \`host.use\`; otherwise ${alone}`;
  }
  return linked === alone
    ? alone
    : `${alone} if it has no links; otherwise ${linked}`;
}

Deno.test("docs/security.md shows which plugin a crash ends", () => {
  const [, section = ""] = PAGE.split("\n### The decision\n");
  const rows =
    (section.split("\n### ")[0]?.match(/^\| (?:plugin|unknown).*$/gm) ?? [])
      .map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()))
      .map((
        [context, files, result = ""],
      ) => [`${context} | ${files}`, result.split(", as it would")[0]]);
  assertEquals(
    rows,
    Object.entries(CASES).map(([name, one]) => [name, describe(one)]),
  );
});

Deno.test("docs/security.md tells the host's own callback from the plugin's", () => {
  const shared = { runs: "A", isShared: true };
  assertEquals(judge({ ...shared, files: [] }, {}), "A ends");
  assertEquals(judge({ ...shared, files: ["host", "A"] }, {}), "A ends");
  assertEquals(judge({ ...shared, files: ["host"] }, {}), "unclear");
});
