/** Finds what changed between two rounds. Pure. */

import type { Problem } from "../../base/errors.ts";
import { linesOf } from "../../base/text.ts";
import type { Hazard } from "../../permissions/path_hazards.ts";
import { formatEntry } from "../../permissions/permission_set.ts";
import { describeChange, flagOf } from "../diff/format_diff.ts";
import { isGrowth, permissionChanges } from "../diff/permission_changes.ts";
import type { ScanFinding } from "../../scan/judge_scan.ts";
import type { PluginCheck } from "../validate/plugin_check.ts";
import type { LiveState } from "./live_plugin.ts";
import type { TestResult } from "./plugin_tests.ts";
import type { Round } from "./round.ts";

/** One change, in words. */
export interface RoundChange {
  readonly tone: "good" | "bad" | "neutral";
  readonly label: string;
  readonly text: string;
}

function only<Item>(
  items: readonly Item[],
  others: readonly Item[],
  keyOf: (item: Item) => string,
): readonly Item[] {
  const known = new Set(others.map(keyOf));
  return items.filter((item) => !known.has(keyOf(item)));
}

function problemKey({ code, message, path }: Problem): string {
  return JSON.stringify([code, message, path]);
}

function hazardText({ level, entry, reason }: Hazard): string {
  return `${level}: ${formatEntry(entry)} ${reason}`;
}

function scanText({ file, message }: ScanFinding): string {
  return `${file} ${message}`;
}

function firstLine({ message }: Problem): string {
  return linesOf(message)[0] ?? "";
}

function arrow(before: string | undefined, after: string | undefined): string {
  return `${before ?? "(none)"} -> ${after ?? "(none)"}`;
}

function healthText({ run }: PluginCheck): string | undefined {
  const health = run?.health;
  if (health === undefined) return undefined;
  const { message, status } = health;
  return message === undefined ? status : `${status}: ${message}`;
}

/** Describes the result of the tests in a few words. */
export function testText(tests: TestResult | undefined): string {
  if (tests === undefined) return "not run";
  const { status, summary } = tests;
  if (status === "none") return "none";
  const words = status === "late" ? "did not end in time" : status;
  return summary === "" ? words : `${words}, ${summary}`;
}

/** Says in a few words which version runs. */
export function liveText({ kind, version }: LiveState): string {
  switch (kind) {
    case "started":
      return `${version}, in a process of its own`;
    case "reloaded":
      return `${version}, in a new process that replaced the old one`;
    case "kept":
      return `${version} as it was before, since its files cannot run`;
    case "none":
      return "nothing";
  }
}

function permissionLines(before: Round, after: Round): readonly RoundChange[] {
  if (before.declared === undefined || after.declared === undefined) return [];
  return permissionChanges(before.declared, after.declared).map((one) => {
    const entries = one.change === "removed" ? one.before : one.after;
    const flags = entries.map(flagOf).join(" ");
    return {
      tone: isGrowth(one) ? "bad" : "good",
      label: one.change,
      text: `${describeChange(one)}  ${flags}`,
    };
  });
}

/** Lists the changes: problems first, then permissions, then the rest. */
export function compareRounds(
  before: Round,
  after: Round,
): readonly RoundChange[] {
  const [old, now] = [before.check, after.check];
  const changed = (
    label: string,
    one: string | undefined,
    other: string | undefined,
    tone: RoundChange["tone"] = "neutral",
  ): readonly RoundChange[] =>
    one === other ? [] : [{ tone, label, text: arrow(one, other) }];
  const methodsOf = ({ run }: PluginCheck) => run?.methods.join(", ");
  const { tests } = after;
  const hasPassed = tests?.status === "passed";
  return [
    ...only(now.problems, old.problems, problemKey)
      .map((one) => ({
        tone: "bad" as const,
        label: "new",
        text: firstLine(one),
      })),
    ...only(old.problems, now.problems, problemKey)
      .map((one) => ({
        tone: "good" as const,
        label: "gone",
        text: firstLine(one),
      })),
    ...only(now.scan, old.scan, scanText)
      .map((one) => ({
        tone: "bad" as const,
        label: "new",
        text: scanText(one),
      })),
    ...only(old.scan, now.scan, scanText)
      .map((one) => ({
        tone: "good" as const,
        label: "gone",
        text: scanText(one),
      })),
    ...permissionLines(before, after),
    ...only(now.hazards, old.hazards, hazardText)
      .map((one) => ({
        tone: "bad" as const,
        label: "hazard",
        text: hazardText(one),
      })),
    ...changed("version", old.version, now.version),
    ...changed("health", healthText(old), healthText(now)),
    ...changed("methods", methodsOf(old), methodsOf(now)),
    ...changed("brings", old.imports?.join(", "), now.imports?.join(", ")),
    ...changed(
      "tests",
      testText(before.tests),
      testText(tests),
      hasPassed ? "good" : "bad",
    ),
  ];
}
