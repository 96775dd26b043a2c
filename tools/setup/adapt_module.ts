/**
 * A static import or export of another module, or a type taken with `import("…")`.
 */
const SPECIFIER_REGEXP =
  /^(?<before>(?:import\s*|(?:import|export)\s[^"';=(/]*?\bfrom\s*)["'])(?<named>[^"'\n]+)|(?<inline>\bimport\(["'])(?<taken>[^"'\n]+)(?=["']\))/gm;
const SHIM_IMPORT_REGEXP =
  /^import \* as dntShim from ["'][^"']*\/_dnt\.shims\.js["'];\r?\n/gm;
const SOURCE_MAP_REGEXP = /^\/\/# sourceMappingURL=.*$\n?/gm;
const COMMENT_REGEXP = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

/**
 * Turns a module that dnt wrote for Node back into one for Deno: removes dnt's
 * shims of globals, and rewrites each specifier.
 */
export function adaptModule(
  text: string,
  rewrite: (specifier: string) => string,
): string {
  const adapted = text
    .replaceAll(SHIM_IMPORT_REGEXP, "")
    .replaceAll("dntShim.dntGlobalThis", "globalThis")
    .replaceAll("dntShim.", "")
    .replaceAll(SOURCE_MAP_REGEXP, "")
    .replaceAll(SPECIFIER_REGEXP, (...args) => {
      const { before, named, inline, taken } = args.at(-1);
      return `${before ?? inline}${rewrite(named ?? taken)}`;
    });
  const code = adapted.replaceAll(COMMENT_REGEXP, "");
  for (const rest of ["dntShim", "_dnt.", "require("]) {
    if (code.includes(rest)) {
      throw new Error(`A module still contains "${rest}" after it was adapted`);
    }
  }
  return adapted;
}
