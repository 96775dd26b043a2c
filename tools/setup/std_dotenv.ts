import { type VendoredPackage, withTypes } from "./adapt_packages.ts";

const HEADER = `// A STAND-IN for @std/dotenv, which no npm package carries.
// "deno task setup" puts it here where only npm can be reached. parse() is that of npm's
// dotenv, so it does not expand $NAME as the real package does; there is no load().
`;

const PARSE_TYPES =
  "export declare function parse(text: string): Record<string, string>;\n";

/**
 * Makes the stand-in for `@std/dotenv`: its signatures over the single CommonJS
 * file of npm's `dotenv`.
 */
export function standInForStdDotenv(
  bundle: string,
  stringify: string,
): VendoredPackage {
  return {
    name: "dotenv",
    version: "0.225.6",
    exports: {
      ".": "./mod.ts",
      "./parse": "./parse.js",
      "./stringify": "./stringify.ts",
    },
    files: new Map([
      [
        "mod.ts",
        `${HEADER}export { parse } from "./parse.js";\nexport { stringify } from "./stringify.ts";\n`,
      ],
      ["parse.js", withTypes(HEADER + parseModule(bundle), "parse.d.ts")],
      ["parse.d.ts", HEADER + PARSE_TYPES],
      ["stringify.ts", HEADER + stringify],
    ]),
  };
}

/** Cuts off the half that reads files, so that no Node module is loaded. */
function parseModule(bundle: string): string {
  return `const module = { exports: {} };
(function (module, exports, require) {
${bundle}
})(module, module.exports, () => ({}));

export function parse(text) {
  return Object.assign(Object.create(null), module.exports.parse(text));
}
`;
}
