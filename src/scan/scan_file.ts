/** Scans one file of a plugin by its name and its bytes. Pure. */

import { isRecord } from "../base/errors.ts";
import { parseJson } from "../base/json.ts";
import { quote } from "../base/text.ts";
import { scanHiddenText } from "./hidden_text.ts";
import type { Observation } from "./observation.ts";
import { type ModuleScan, scanModule } from "./scan_module.ts";

const CODE_REGEXP = /\.[cm]?[jt]sx?$/i;
const DECLARATION_REGEXP = /\.d\.[cm]?ts$/i;

/** The most bytes of a file that is parsed. */
const MAX_CODE_BYTES = 16_777_216;

/** Programs, by their first bytes. */
const PROGRAMS:
  readonly (readonly [bytes: string, rule: string, what: string])[] = [
    ["0061736d", "wasm", "is WebAssembly"],
    ["7f454c46", "native-addon", "is a program for Linux"],
    ["4d5a", "native-addon", "is a program for Windows"],
    ["cffaedfe", "native-addon", "is a program for macOS"],
    ["cafebabe", "native-addon", "is a program for macOS"],
  ];

/** Scripts of a `package.json` that run when it is installed. */
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall"];

function observe(
  certainty: Observation["certainty"],
  rule: string,
  what: string,
): Observation {
  return { certainty, rule, what, line: 1, column: 1 };
}

function scanPackage(text: string): readonly Observation[] {
  const parsed = parseJson(text);
  const fields = parsed.ok && isRecord(parsed.value) ? parsed.value : {};
  const scripts = isRecord(fields.scripts) ? fields.scripts : {};
  return INSTALL_SCRIPTS.filter((name) => typeof scripts[name] === "string")
    .map((name) =>
      observe(
        "unknown",
        "install-script",
        `runs ${quote(String(scripts[name]))} when it is installed (${name})`,
      )
    );
}

function startsWith(bytes: Uint8Array, hex: string): boolean {
  return bytes.subarray(0, hex.length / 2).toHex() === hex;
}

/**
 * Scans one file: code for what it does, other files for what they are.
 *
 * @param path Its path in the plugin.
 */
export function scanFile(path: string, bytes: Uint8Array): ModuleScan {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const program = PROGRAMS.find(([hex]) => startsWith(bytes, hex));
  if (program !== undefined) {
    const [, rule, what] = program;
    return { observations: [observe("unknown", rule, what)], imports: [] };
  }
  if (/\.(?:node|so|dll|dylib)$/i.test(name) || name === "binding.gyp") {
    const what = "is, or makes, a native library";
    return {
      observations: [observe("unknown", "native-addon", what)],
      imports: [],
    };
  }
  const isCode = CODE_REGEXP.test(name) && !DECLARATION_REGEXP.test(name);
  if (!isCode && bytes.subarray(0, 8_192).includes(0)) {
    return { observations: [], imports: [] };
  }
  if (bytes.length > MAX_CODE_BYTES) {
    const what = `has more than ${MAX_CODE_BYTES} bytes, and was not looked at`;
    return {
      observations: [observe(isCode ? "unknown" : "note", "unparsed", what)],
      imports: [],
    };
  }
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const code = isCode
    ? scanModule(text, path)
    : { observations: [], imports: [] };
  return {
    observations: [
      ...scanHiddenText(text),
      ...code.observations,
      ...name === "package.json" ? scanPackage(text) : [],
    ],
    imports: code.imports,
  };
}
