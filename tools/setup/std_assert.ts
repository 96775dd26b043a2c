import { type VendoredPackage, withTypes } from "./adapt_packages.ts";

const EXPORTED_NAME_REGEXP =
  /^export (?:async )?(?:function|class) (?<name>\w+)/gm;
const MAIN_TYPES = "mod.d.ts";

/**
 * Gives `@std/assert` the project's own types, because its carrier has none.
 */
export function typeStdAssert(
  assert: VendoredPackage,
  types: string,
): VendoredPackage {
  const files = new Map([[MAIN_TYPES, types]]);
  for (const [file, code] of assert.files) {
    const typesFile = file.replace(/\.js$/, ".d.ts");
    files.set(file, withTypes(code, typesFile));
    if (typesFile === MAIN_TYPES) continue;
    const names = [...code.matchAll(EXPORTED_NAME_REGEXP)]
      .map((match) => match.groups?.name);
    files.set(
      typesFile,
      `export { ${names.join(", ")} } from "./${MAIN_TYPES}";\n`,
    );
  }
  return { ...assert, files };
}
