import { adaptModule } from "./adapt_module.ts";
import type { CarriedPackage } from "./carriers.ts";

/** Text files by their path. */
export type TextFiles = ReadonlyMap<string, string>;

/** A package of the vendor folder. */
export interface VendoredPackage {
  readonly name: string;
  readonly version: string;
  /** File names with a leading `./`, by export key. */
  readonly exports: Readonly<Record<string, string>>;
  readonly files: TextFiles;
}

interface Place {
  readonly carried: CarriedPackage;
  readonly file: string;
}

/**
 * Takes the modules that the main files reach from the unpacked carriers, and
 * restores `jsr:` imports between packages.
 */
export function adaptPackages(
  packages: readonly CarriedPackage[],
  carriers: Readonly<Record<string, TextFiles>>,
): VendoredPackage[] {
  const taken = new Map<CarriedPackage, Map<string, string>>();
  const queue: Place[] = [];
  for (const carried of packages) {
    if (carried.main !== undefined) queue.push({ carried, file: carried.main });
  }
  for (let place = queue.pop(); place !== undefined; place = queue.pop()) {
    const { carried, file } = place;
    const files = taken.get(carried) ?? new Map<string, string>();
    taken.set(carried, files);
    if (files.has(file)) continue;
    const source = carriers[carried.carrier] ?? new Map();
    const siblings = packages.filter((each) =>
      each.carrier === carried.carrier
    );
    const rewrite = (folder: string, specifier: string) => {
      const target = locate(siblings, folder + file, specifier);
      queue.push(target);
      return target.carried === carried
        ? specifier
        : `jsr:@std/${target.carried.name}@${target.carried.version}/${
          exportKey(target.file).slice("./".length)
        }`;
    };
    const code = source.get(carried.code + file);
    if (code === undefined) {
      throw new Error(
        `The tarball for @std/${carried.name} has no "${carried.code}${file}"`,
      );
    }
    const adapted = adaptModule(code, (name) => rewrite(carried.code, name));
    const typesFile = file.replace(/\.js$/, ".d.ts");
    const types = carried.types && source.get(carried.types + typesFile);
    if (types === undefined) {
      files.set(file, adapted);
    } else {
      const folder = carried.types ?? "";
      files.set(file, withTypes(adapted, typesFile));
      files.set(typesFile, adaptModule(types, (name) => rewrite(folder, name)));
    }
  }
  return [...taken].map(([carried, files]) => ({
    name: carried.name,
    version: carried.version,
    exports: exportsOf(carried, files),
    files,
  }));
}

/** Names a JavaScript module's declaration file on its first line. */
export function withTypes(code: string, typesFile: string): string {
  const name = typesFile.slice(typesFile.lastIndexOf("/") + 1);
  return `/* @ts-self-types="./${name}" */\n${code}`;
}

function locate(
  packages: readonly CarriedPackage[],
  from: string,
  specifier: string,
): Place {
  const path = new URL(specifier, `file:///${from}`).pathname.slice(1);
  if (/^\.\.?\//.test(specifier)) {
    for (const carried of packages) {
      for (const folder of [carried.code, carried.types]) {
        if (folder !== undefined && path.startsWith(folder)) {
          return { carried, file: path.slice(folder.length) };
        }
      }
    }
  }
  throw new Error(
    `"${from}" imports "${specifier}", which no package of the recipe holds`,
  );
}

function exportsOf(
  carried: CarriedPackage,
  files: TextFiles,
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const file of [...files.keys()].sort()) {
    if (!file.endsWith(".js") || file.startsWith("_")) continue;
    found[file === carried.main ? "." : exportKey(file)] = `./${file}`;
  }
  for (const key of carried.inMain ?? []) found[key] = `./${carried.main}`;
  return found;
}

/** The standard library names a sub-path after the file, with hyphens. */
function exportKey(file: string): string {
  return `./${file.replace(/\.js$/, "").replaceAll("_", "-")}`;
}
