import config from "../../../deno.json" with { type: "json" };
import type { Finding } from "./finding.ts";
import { formatCsv } from "./format_csv.ts";
import { formatSarif } from "./format_sarif.ts";

/** The formats in which every command with findings prints them. */
export const FINDING_FORMATS = ["csv", "sarif"] as const;

type FindingFormat = (typeof FINDING_FORMATS)[number];

/** Formats findings, unless another format is wanted. */
export function findingText(
  format: string,
  findings: () => readonly Finding[],
): string | undefined {
  const wanted = FINDING_FORMATS.find((one) => one === format);
  if (wanted === undefined) return undefined;
  const formats: Readonly<Record<FindingFormat, () => string>> = {
    csv: () => formatCsv(findings()),
    sarif: () =>
      formatSarif(findings(), {
        version: config.version,
        directory: Deno.cwd(),
      }),
  };
  return formats[wanted]();
}
