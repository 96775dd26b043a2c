/**
 * The one reader: from a source, of this machine, of a server, of JSR or of
 * npm, to the manifests in it, without running a line of any plugin.
 *
 * @module
 */

import type { Problem } from "../base/errors.ts";
import { resolvePath } from "../base/path.ts";
import { resolveEntry } from "./entry.ts";
import { fileName, fromFileUrl } from "../base/file_url.ts";
import type { Builtin, FoundPlugin } from "./manifest.ts";
import { parseManifest } from "./parse_manifest.ts";
import type { SourcePowers } from "./powers.ts";
import { readDirectory, readManifestFile } from "./read_directory.ts";
import { shownSource } from "./shown_source.ts";
import { MANIFEST_FILE, parseSource } from "./source.ts";
import {
  cannotRead,
  notGranted,
  sourceProblem,
  unreadable,
} from "./unreadable.ts";

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
    code: {
      kind: "module",
      specifier: entrySpecifier(manifest.entry),
      judged: {
        // A query asks for the manifest anew, and not for the code.
        place: specifier.replace(/\?.*/, ""),
        bytes: new TextEncoder().encode(JSON.stringify(manifest)),
        manifest,
        directory: undefined,
      },
    },
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
async function readPackage(
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
async function readRemote(
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

async function readFile(
  source: string,
  path: string,
  powers: SourcePowers,
): Promise<FoundPlugin> {
  if (!path.endsWith(".json")) {
    return unreadable(source, [
      sourceProblem(
        source,
        "it is neither a directory nor a manifest",
        `Name a ${MANIFEST_FILE}, its directory, or one above it`,
      ),
    ]);
  }
  // The plugin's files lie beside the manifest.
  const directory = resolvePath("..", path);
  if (!await powers.isGranted({ name: "read", path: directory })) {
    return unreadable(source, [notGranted(source, "read", directory)]);
  }
  const place = { directory, name: fileName(path) };
  return await readManifestFile(source, place, powers) ??
    unreadable(source, [cannotRead(source, new Deno.errors.NotFound())]);
}

async function readFileSource(
  source: string,
  path: string,
  powers: SourcePowers,
  known: ReadonlyMap<string, FoundPlugin>,
): Promise<readonly FoundPlugin[]> {
  if (!await powers.isGranted({ name: "read", path })) {
    return [unreadable(source, [notGranted(source, "read", path)])];
  }
  return powers.stat(path).isDirectory
    ? await readDirectory(source, path, powers, known)
    : [await readFile(source, path, powers)];
}

/**
 * Reads every manifest of a source.
 *
 * It never throws because of what a source holds, and runs no plugin code.
 * Reading needs `read` permission for the source; a remote one needs `import`
 * permission for its host. Where that is not granted, nobody is asked.
 *
 * @param source A directory, a `plugin.json`, a `file:` or `https:` URL, or a `jsr:` or `npm:` specifier.
 * @param workingDirectory What relative paths are relative to, absolute.
 * @param powers The file system, the module loader and the permissions.
 * @param known What was found before and is not read again, by its source: good
 * manifests, and servers and packages whatever they gave.
 * @returns What was found, in the order of the directories' names.
 */
export async function readSource(
  source: string | URL,
  workingDirectory: string,
  powers: SourcePowers,
  known: ReadonlyMap<string, FoundPlugin> = new Map(),
): Promise<readonly FoundPlugin[]> {
  const shown = shownSource(source);
  const before = known.get(shown);
  if (before?.ok) return [before];
  const parsed = parseSource(source, workingDirectory);
  if (!parsed.ok) return [unreadable(shown, [parsed.problem])];
  const { location } = parsed;
  if (before !== undefined && location.kind !== "file") return [before];
  switch (location.kind) {
    case "package":
      return [await readPackage(shown, location.specifier, powers)];
    case "remote":
      return [await readRemote(shown, location.url, powers)];
    case "file":
      try {
        return await readFileSource(
          shown,
          fromFileUrl(location.url),
          powers,
          known,
        );
      } catch (thrown) {
        return [unreadable(shown, [cannotRead(shown, thrown)])];
      }
  }
}

/**
 * Reads the manifest of a plugin that the host hands over as an object.
 *
 * @param builtin The plugin.
 * @param index Its place among the builtins, for people.
 * @returns What was found.
 */
export async function readBuiltin(
  builtin: Builtin,
  index: number,
): Promise<FoundPlugin> {
  const parsed = await parseManifest(builtin.manifest);
  const id = parsed.ok ? parsed.manifest.id : parsed.id;
  const source = `builtin:${id ?? index}`;
  if (!parsed.ok) return { source, origin: "builtin", ...parsed };
  return {
    ok: true,
    source,
    origin: "builtin",
    manifest: parsed.manifest,
    code: { kind: "object", plugin: builtin.plugin },
    directory: builtin.directory,
    namedAfterId: false,
  };
}
