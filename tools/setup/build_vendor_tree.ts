import {
  adaptPackages,
  type TextFiles,
  type VendoredPackage,
} from "./adapt_packages.ts";
import { CARRIED_PACKAGES, type CarrierName, CARRIERS } from "./carriers.ts";
import type { FetchTarball } from "./fetch_tarball.ts";
import type { Say } from "./progress.ts";
import { registryLayout } from "./registry_layout.ts";
import { typeStdAssert } from "./std_assert.ts";
import { standInForStdDotenv } from "./std_dotenv.ts";
import { unpackTarball } from "./unpack_tarball.ts";

const DOTENV_BUNDLE = "package/dist/index.cjs";

/**
 * Builds the vendor folder from the carriers on npm, in memory, so that nothing
 * is written before all of it is complete.
 */
export async function buildVendorTree(
  fetchTarball: FetchTarball,
  readOwn: (name: string) => Promise<string>,
  say: Say,
): Promise<TextFiles> {
  async function take(name: CarrierName): Promise<TextFiles> {
    const carrier = CARRIERS[name];
    const bytes = await fetchTarball(carrier);
    say(`fetched ${carrier.spec} (${Math.ceil(bytes.length / 1024)} KiB)`);
    return await unpackTarball(bytes, (path) => isWanted(name, path));
  }
  const [assert, dotenv, log, semver] = await Promise.all([
    take("assert"),
    take("dotenv"),
    take("log"),
    take("semver"),
  ]);
  const bundle = dotenv.get(DOTENV_BUNDLE);
  if (bundle === undefined) {
    throw new Error(`The tarball of dotenv has no "${DOTENV_BUNDLE}"`);
  }
  const assertTypes = await readOwn("std_assert.d.ts");
  const stringify = await readOwn("std_dotenv_stringify.ts");
  const packages: VendoredPackage[] = adaptPackages(CARRIED_PACKAGES, {
    assert,
    log,
    semver,
  }).map((each) =>
    each.name === "assert" ? typeStdAssert(each, assertTypes) : each
  );
  packages.push(standInForStdDotenv(bundle, stringify));
  say(`adapted ${packages.map(({ name }) => `@std/${name}`).join(", ")}`);
  return await registryLayout(packages);
}

function isWanted(name: CarrierName, path: string): boolean {
  if (name === "dotenv") return path === DOTENV_BUNDLE;
  return CARRIED_PACKAGES.some(({ carrier, code, types }) =>
    carrier === name &&
    (path.startsWith(code) || (types !== undefined && path.startsWith(types)))
  );
}
