import { escapeControls } from "../../base/text.ts";
import { type Finding, worstFirst } from "./finding.ts";

const HEADER = [
  "severity",
  "rule",
  "plugin",
  "source",
  "file",
  "line",
  "column",
  "path",
  "message",
  "remedy",
] as const;

// A spreadsheet may run such a text as a formula, also one of wide letters or
// behind spaces.
const FORMULA_REGEXP = /^\s*[=+\-@\t\r\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}]/u;

/** Quotes a text, so that no spreadsheet runs it or splits it at another separator. */
function cell(value: string | number | undefined): string {
  if (value === undefined) return '""';
  if (typeof value === "number") return String(value);
  const text = escapeControls(value);
  const guarded = FORMULA_REGEXP.test(text) ? `'${text}` : text;
  return `"${guarded.replaceAll('"', '""')}"`;
}

/**
 * Formats findings by RFC 4180, with a header. An apostrophe precedes a text that
 * a spreadsheet would run as a formula.
 */
export function formatCsv(findings: readonly Finding[]): string {
  const rows = worstFirst(findings).map((finding) =>
    [
      finding.severity,
      finding.rule,
      finding.id,
      finding.source,
      finding.place?.file,
      finding.place?.line,
      finding.place?.column,
      finding.path,
      finding.message,
      finding.remedy,
    ].map(cell).join(",")
  );
  return [HEADER.join(","), ...rows].map((line) => `${line}\r\n`).join("");
}
