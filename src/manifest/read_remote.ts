/**
 * Reading a manifest that is imported as a JSON module: of a server, of JSR or
 * of npm.
 *
 * @module
 */

import type { Problem } from "../errors.ts";
import { resolveEntry } from "./entry.ts";
import type { FoundPlugin } from "./found_plugin.ts";
import { parseManifest } from "./parse_manifest.ts";
import type { SourcePowers } from "./powers.ts";
import { MANIFEST_FILE } from "./source.ts";
import { cannotRead, notGranted, unreadable } from "./unreadable.ts";

async function importManifest(
  source: string,
  specifier: string,
  entrySpecifier: (entry: string | undefined) => string,
  powers: SourcePowers,
): Promise<FoundPlugin> {
  const parsed = await parseManifest(await powers.importJson(specifier));
  if (!parsed.ok) return unreadable(source, parsed.problems, parsed.id);
  const { manifest } = parsed;
  return {
    ok: true,
    source,
    origin: "external",
    manifest,
    code: { kind: "module", specifier: entrySpecifier(manifest.entry) },
    directory: undefined,
    namedAfterId: false,
  };
}

function packageExport(specifier: string, key: string | undefined): string {
  const name = (key ?? ".").replace(/^\.\/?/, "");
  return name === "" ? specifier : `${specifier}/${name}`;
}

/**
 * Reads the manifest of a package of JSR or npm: its export `./plugin.json`.
 *
 * Needs no permission.
 *
 * @param source The source, for people.
 * @param specifier The package, without an export key.
 * @param powers The module loader.
 * @returns What was found.
 */
export async function readPackage(
  source: string,
  specifier: string,
  powers: SourcePowers,
): Promise<FoundPlugin> {
  try {
    return await importManifest(
      source,
      `${specifier}/${MANIFEST_FILE}`,
      (key) => packageExport(specifier, key),
      powers,
    );
  } catch (thrown) {
    return unreadable(source, [cannotRead(source, thrown)]);
  }
}

// A permission without a port is one for every port; what a URL leaves out is said.
function hostAndPort(url: URL): string {
  if (url.port !== "") return url.host;
  return `${url.host}:${url.protocol === "http:" ? 80 : 443}`;
}

/**
 * Reads a manifest of a server.
 *
 * Needs `import` permission for the server. Where that is not granted, nobody
 * is asked.
 *
 * @param source The source, for people.
 * @param url The manifest.
 * @param powers The module loader and the permissions.
 * @returns What was found.
 */
export async function readRemote(
  source: string,
  url: URL,
  powers: SourcePowers,
): Promise<FoundPlugin> {
  const host = hostAndPort(url);
  try {
    if (!await powers.isGranted({ name: "import", host })) {
      return unreadable(source, [notGranted(source, "import", host)]);
    }
    return await importManifest(
      source,
      url.href,
      (entry) => resolveEntry(entry, url).href,
      powers,
    );
  } catch (thrown) {
    const problem = cannotRead(source, thrown);
    return unreadable(source, [withoutQuery(problem, url)]);
  }
}

// A query may hold a key, and the loader's words hold the whole URL.
function withoutQuery(problem: Problem, { origin, pathname }: URL): Problem {
  const [start = "", ...others] = problem.message
    .split(`${origin}${pathname}?`);
  const message = [
    start,
    ...others.map((rest) => `***${rest.replace(/^[^\s"']*/, "")}`),
  ].join(`${origin}${pathname}?`);
  return { ...problem, message };
}
