/** Formats findings as SARIF 2.1.0, the format of OASIS that code hosts and editors read. */

import { isAbsolutePath, toFileHref } from "../../base/path.ts";
import { toJsonLines } from "../command_run.ts";
import { type Finding, type Place, worstFirst } from "./finding.ts";

const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";
const HOME = "https://jsr.io/@semantik/plugins";
const ROOT = "%SRCROOT%";

const LEVELS = {
  critical: "error",
  error: "error",
  high: "error",
  warning: "warning",
  medium: "warning",
  low: "note",
  note: "note",
} as const;

/** The parts of a log besides the findings. */
export interface SarifRun {
  /** The version of this package. */
  readonly version: string;
  /** The directory that paths are relative to. */
  readonly directory: string;
}

// In a message, a brace begins a placeholder, and a bracket may begin a link.
function message(text: string): { readonly text: string } {
  return {
    text: text.replaceAll(/[{}]/g, "$&$&").replaceAll("](", "] ("),
  };
}

function artifact(file: string, base: string) {
  if (!isAbsolutePath(file)) {
    return { uri: URL.parse(file)?.href ?? encodeURI(file) };
  }
  const { href } = new URL(toFileHref(file));
  return href.startsWith(base)
    ? { uri: href.slice(base.length), uriBaseId: ROOT }
    : { uri: href };
}

function location(
  { id, path }: Finding,
  { file, line, column }: Place,
  base: string,
) {
  const name = [id, path].filter((part) => part !== undefined && part !== "")
    .join("/");
  const region = line === undefined ? {} : {
    region: {
      startLine: line,
      ...column === undefined ? {} : { startColumn: column },
    },
  };
  return {
    physicalLocation: { artifactLocation: artifact(file, base), ...region },
    ...name === "" ? {} : { logicalLocations: [{ fullyQualifiedName: name }] },
  };
}

/** Returns the log as several lines of JSON. */
export function formatSarif(
  findings: readonly Finding[],
  { version, directory }: SarifRun,
): string {
  const sorted = worstFirst(findings);
  const base = `${new URL(toFileHref(directory)).href.replace(/\/$/, "")}/`;
  const meanings = new Map(sorted.map((one) => [one.rule, one.meaning]));
  const rules = [...meanings.keys()];
  return toJsonLines({
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [{
      tool: {
        driver: {
          name: "semantik-plugin",
          version,
          informationUri: HOME,
          rules: [...meanings].map(([id, meaning]) => ({
            id,
            shortDescription: { text: meaning },
          })),
        },
      },
      columnKind: "utf16CodeUnits",
      originalUriBaseIds: { [ROOT]: { uri: base } },
      results: sorted.map((finding) => {
        const { id, place, remedy, rule, severity, source } = finding;
        return {
          ruleId: rule,
          ruleIndex: rules.indexOf(rule),
          level: LEVELS[severity],
          message: message(`${finding.message}. ${remedy}`),
          ...place === undefined
            ? {}
            : { locations: [location(finding, place, base)] },
          properties: { severity, plugin: id, source },
        };
      }),
    }],
  });
}
