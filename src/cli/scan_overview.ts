/** Shows the findings of a scan, to people and to code review. */

import type { Screen } from "../base/terminal_text.ts";
import { joinFilePath } from "../base/path.ts";
import { escapeControls } from "../base/text.ts";
import type { ScanFinding } from "../scan/judge_scan.ts";
import type { Finding } from "./findings/finding.ts";
import { INDENT, wrapLine } from "./format.ts";

const MEANINGS: Readonly<Record<string, string>> = {
  "bidirectional-character": "A character changes the order of the text",
  "computed-import": "The name of an imported module is computed",
  "computed-name": "The name of a powerful property is computed",
  "generated-code": "Code is made while the plugin runs",
  "install-script": "A script runs when the package is installed",
  "invisible-character": "A character is invisible",
  minified: "No person wrote the code as it is",
  "native-addon": "Native code is loaded",
  "passed-on": "An object that can do everything is passed on",
  unparsed: "A file was not looked at",
  wasm: "WebAssembly runs",
  with: "Names depend on an object",
};

/** Makes the findings of a scan. */
export function scanFindings(
  id: string | undefined,
  directory: string,
  findings: readonly ScanFinding[],
): readonly Finding[] {
  return findings.map((found) => ({
    severity: found.severity,
    rule: `scan-${found.rule}`,
    meaning: MEANINGS[found.rule] ??
      `The code needs the permission ${found.rule}`,
    message: found.message,
    remedy: found.remedy,
    id,
    source: directory,
    place: {
      file: joinFilePath(directory, found.file),
      line: found.line,
      column: found.column,
    },
  }));
}

/** Formats findings: the place and what it is, and the remedy on a line below. */
export function formatScan(
  findings: readonly ScanFinding[],
  screen: Screen,
): readonly string[] {
  const { red, yellow, dim } = screen.paint;
  const colors = { error: red, warning: yellow, note: dim } as const;
  return findings.flatMap(
    ({ file, line, column, severity, message, remedy }) => {
      const place = escapeControls(`${file}:${line}:${column}`);
      const what = `${colors[severity](severity)} ${place} ${
        escapeControls(message)
      }`;
      return [
        ...wrapLine(what, screen),
        ...wrapLine(INDENT + escapeControls(remedy), screen),
      ];
    },
  );
}
