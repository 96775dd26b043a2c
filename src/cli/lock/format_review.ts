/** Shows a person what a plugin is before it is locked. */

import type { Screen } from "../../base/terminal_text.ts";
import { escapeControls } from "../../base/text.ts";
import { formatCount, formatHazards, INDENT, wrapLine } from "../format.ts";
import {
  formatAside,
  formatDescription,
  formatPermissions,
} from "../plugin_overview.ts";
import { formatScan } from "../scan_overview.ts";
import type { Candidate } from "./read_candidate.ts";
import type { PublishedVersion } from "./registry.ts";

const MAX_VALUES = 20;
const MAX_FINDINGS = 20;
const MAX_MODULES = 20;

/** The reason that holds for every plugin that is locked. */
const LOCKED = "It is as in the lock";

function listed(names: readonly string[], most: number): string {
  const rest = names.length - most;
  return rest > 0
    ? `${names.slice(0, most).join(", ")} and ${rest} more`
    : names.join(", ");
}

function formatScanned({ scan }: Candidate, screen: Screen): readonly string[] {
  if (scan === undefined) {
    return formatAside(
      screen.paint.yellow(
        "its code is not on this machine, and was not scanned",
      ),
      screen,
    );
  }
  const notes = scan.findings.filter(({ severity }) => severity === "note");
  const graver = scan.findings.filter(({ severity }) => severity !== "note");
  const shown = graver.slice(0, MAX_FINDINGS);
  const rest = graver.length - shown.length;
  const count = `scan: ${formatCount(graver.length, "finding")}, ${
    formatCount(notes.length, "note")
  }`;
  const narrow = { ...screen, columns: screen.columns - INDENT.length };
  return [
    ...formatAside(
      graver.length === 0 ? count : screen.paint.yellow(count),
      screen,
    ),
    ...formatScan(shown, narrow).map((line) => INDENT + line),
    ...rest > 0
      ? formatAside(
        `${rest} more findings: see semantik-plugin scan`,
        screen,
      )
      : [],
  ];
}

/** Says what a registry tells of who built a package. It is never taken for safety. */
export function provenanceLine(
  { locked }: Pick<Candidate, "locked">,
  published: PublishedVersion | undefined,
): readonly string[] {
  if (locked === undefined || !("resolved" in locked)) return [];
  if (locked.resolved.startsWith("npm:") && published !== undefined) {
    return [
      published.hasProvenance
        ? "provenance: npm lists who built it, which says nothing about safety"
        : "provenance: npm lists none",
    ];
  }
  return ["provenance: cannot be had"];
}

/** Formats everything that is known of a plugin. */
export function formatReview(
  candidate: Candidate,
  screen: Screen,
): readonly string[] {
  const { id, plugin, facts, trust, hazards, locked, size } = candidate;
  const { permissions, optionalPermissions, version } = plugin.manifest;
  const { paint } = screen;
  const aside = (text: string) => formatAside(escapeControls(text), screen);
  const isOptional = Object.keys(optionalPermissions).length > 0;
  const modules = Object.keys(facts.dependencies ?? {});
  const files = locked !== undefined && "files" in locked
    ? Object.keys(locked.files).length
    : undefined;
  const { signature } = facts;
  return [
    ...wrapLine(`${paint.bold(id)} ${escapeControls(version)}`, screen),
    ...formatDescription(plugin.manifest, screen),
    ...aside(
      `from ${facts.source}${
        locked !== undefined && "resolved" in locked
          ? `, which is ${locked.resolved}`
          : ""
      }`,
    ),
    ...provenanceLine(candidate, candidate.published).flatMap(aside),
    ...files === undefined ? [] : aside(
      `${formatCount(files, "file")}, ${formatCount(size ?? 0, "byte")}`,
    ),
    ...aside(
      `trust, once it is locked: ${trust.level} (${
        trust.reasons.filter((reason) => reason !== LOCKED).join("; ")
      })`,
    ),
    ...signature === undefined || signature.verdict === "good" ? [] : aside(
      `signature: ${signature.verdict}, ${signature.reason}`,
    ),
    ...aside(`may: ${formatPermissions(permissions, MAX_VALUES)}`),
    ...isOptional
      ? aside(
        `may, if granted: ${
          formatPermissions(optionalPermissions, MAX_VALUES)
        }`,
      )
      : [],
    ...formatHazards(hazards.map((hazard) => ({ id, hazard })), {
      ...screen,
      columns: screen.columns - INDENT.length,
    }).map((line) => INDENT + line),
    ...aside(
      modules.length === 0
        ? "brings no modules of others"
        : `brings ${listed(modules, MAX_MODULES)}`,
    ),
    ...formatScanned(candidate, screen),
  ];
}

/** Returns what the review shows, as data. */
export function reviewOf(candidate: Candidate) {
  const {
    id,
    plugin,
    facts,
    locked,
    trust,
    rule,
    problems,
    hazards,
    scan,
    published,
  } = candidate;
  const { manifest: { displayName, description, version } } = plugin;
  const { signature } = facts;
  return {
    id,
    version,
    ...displayName === undefined ? {} : { displayName },
    ...description === undefined ? {} : { description },
    source: facts.source,
    trust: trust.level,
    reasons: trust.reasons,
    rule,
    ...signature === undefined ? {} : {
      signature: {
        verdict: signature.verdict,
        ..."key" in signature && signature.key !== undefined
          ? { key: signature.key }
          : {},
      },
    },
    /** Absent if it cannot be locked. */
    ...locked === undefined ? {} : { entry: locked },
    provenance: published?.hasProvenance ?? null,
    hazards,
    ...scan === undefined ? {} : { findings: scan.findings },
    problems,
  };
}
