import { type VendoredPackage, withTypes } from "./adapt_packages.ts";

const EXPORTED_NAME_REGEXP =
  /^export (?:async )?(?:function|class) (?<name>\w+)/gm;
const MAIN_TYPES = "mod.d.ts";

/**
 * Gives `@std/assert`, whose carrier is without types, the project's own ones.
 *
 * @param assert The package as the carrier has it.
 * @param types Declarations of everything the package exports.
 * @returns The package with a declaration file beside each module.
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
