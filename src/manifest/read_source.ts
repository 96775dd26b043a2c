/**
 * The one reader: from a source to the manifests in it, without running a line
 * of any plugin.
 *
 * @module
 */

import type { Problem } from "../errors.ts";
import { describeThrown, quote } from "../text.ts";
import type { Builtin, FoundPlugin, UnreadablePlugin } from "./found_plugin.ts";
import { fileName, fromFileUrl } from "./file_url.ts";
import { decodeManifest } from "./decode_manifest.ts";
import { locateEntry } from "./locate_entry.ts";
import { parseManifest } from "./parse_manifest.ts";
import type { SourcePowers } from "./powers.ts";
import { MANIFEST_FILE, parseSource } from "./source.ts";

function unreadable(
  source: string,
  problem: Problem,
  id?: string,
): UnreadablePlugin {
  return { ok: false, source, origin: "external", id, problems: [problem] };
}

function cannotRead(
  source: string,
  thrown: unknown,
): UnreadablePlugin {
  const missing = thrown instanceof Deno.errors.NotFound;
  return unreadable(source, {
    code: "PLUGIN_SOURCE_UNREADABLE",
    message: `Cannot read source ${quote(source)}: ${
      missing ? "it does not exist" : describeThrown(thrown)
    }`,
    remedy: missing
      ? "Correct the path, or take the source out"
      : "Make it readable for this process",
  });
}

function notGranted(
  source: string,
  permission: string,
  flag: string,
): UnreadablePlugin {
  return unreadable(source, {
    code: "PLUGIN_PERMISSION_MISSING",
    message: `Cannot read source ${
      quote(source)
    }: permission ${permission} is not granted`,
    remedy: `Start the host with ${flag}`,
  });
}

function asDirectory(url: URL): URL {
  const directory = new URL(url);
  if (!directory.pathname.endsWith("/")) directory.pathname += "/";
  return directory;
}

async function readManifestFile(
  source: string,
  manifestUrl: URL,
  powers: SourcePowers,
): Promise<FoundPlugin> {
  const decoded = decodeManifest(await powers.readFile(manifestUrl));
  const parsed = decoded.ok ? parseManifest(decoded.value) : decoded;
  if (!parsed.ok) return { source, origin: "external", ...parsed };
  const { manifest } = parsed;
  const located = await locateEntry(manifest, manifestUrl, powers);
  if (!located.ok) {
    return unreadable(source, located.problem, manifest.id);
  }
  return {
    ok: true,
    source,
    origin: "external",
    manifest,
    code: { kind: "module", specifier: located.entry },
    directory: located.directory,
    namedAfterId: fileName(located.directory) === manifest.id,
  };
}

/** Tries to read a manifest; a file that is not there gives `undefined`. */
async function tryManifestFile(
  source: string,
  manifestUrl: URL,
  powers: SourcePowers,
): Promise<FoundPlugin | undefined> {
  try {
    return await readManifestFile(source, manifestUrl, powers);
  } catch (thrown) {
    const absent = thrown instanceof Deno.errors.NotFound ||
      thrown instanceof Deno.errors.NotADirectory;
    return absent ? undefined : cannotRead(source, thrown);
  }
}

function joinSource(source: string, name: string): string {
  return source.endsWith("/") ? `${source}${name}` : `${source}/${name}`;
}

async function readDirectory(
  source: string,
  url: URL,
  powers: SourcePowers,
): Promise<readonly FoundPlugin[]> {
  const directory = asDirectory(url);
  const own = await tryManifestFile(
    source,
    new URL(MANIFEST_FILE, directory),
    powers,
  );
  if (own !== undefined) return [own];
  const names: string[] = [];
  let isEmpty = true;
  for await (const entry of powers.readDirectory(directory)) {
    if (entry.name.startsWith(".")) continue;
    isEmpty = false;
    if (!entry.isFile) names.push(entry.name);
  }
  names.sort();
  const found = await Promise.all(names.map((name) =>
    tryManifestFile(
      joinSource(source, name),
      new URL(`${encodeURIComponent(name)}/${MANIFEST_FILE}`, directory),
      powers,
    )
  ));
  const plugins = found.filter((plugin) => plugin !== undefined);
  // A folder that waits for its first plugin is fine; one that holds
  // something, and no plugin, is most likely another folder than was meant.
  if (plugins.length > 0 || isEmpty) return plugins;
  return [unreadable(source, {
    code: "PLUGIN_SOURCE_UNREADABLE",
    message: `Cannot read source ${
      quote(source)
    }: neither it nor a directory in it holds a ${MANIFEST_FILE}`,
    remedy: `Name the directory of a ${MANIFEST_FILE}, or one above it`,
  })];
}

async function readFileSource(
  source: string,
  url: URL,
  powers: SourcePowers,
): Promise<readonly FoundPlugin[]> {
  const path = fromFileUrl(url);
  if (!await powers.isGranted({ name: "read", path })) {
    return [
      notGranted(source, `read to ${quote(path)}`, `--allow-read=${path}`),
    ];
  }
  try {
    if (!url.pathname.endsWith(".json")) {
      return await readDirectory(source, url, powers);
    }
    return [await readManifestFile(source, url, powers)];
  } catch (thrown) {
    return [cannotRead(source, thrown)];
  }
}

async function readRemote(
  source: string,
  manifestSpecifier: string,
  resolveEntry: (entry: string | undefined) => string,
  powers: SourcePowers,
): Promise<FoundPlugin> {
  let value: unknown;
  try {
    value = await powers.importJson(manifestSpecifier);
  } catch (thrown) {
    return cannotRead(source, thrown);
  }
  const parsed = parseManifest(value);
  if (!parsed.ok) return { source, origin: "external", ...parsed };
  return {
    ok: true,
    source,
    origin: "external",
    manifest: parsed.manifest,
    code: { kind: "module", specifier: resolveEntry(parsed.manifest.entry) },
    directory: undefined,
    namedAfterId: false,
  };
}

function packageExport(specifier: string, key: string | undefined): string {
  const name = (key ?? ".").replace(/^\.\/?/, "");
  return name === "" ? specifier : `${specifier}/${name}`;
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
 * @returns What was found, in the order of the directories' names.
 */
export async function readSource(
  source: string | URL,
  workingDirectory: string,
  powers: SourcePowers,
): Promise<readonly FoundPlugin[]> {
  const shown = String(source);
  const parsed = parseSource(source, workingDirectory);
  if (!parsed.ok) return [unreadable(shown, parsed.problem)];
  const { location } = parsed;
  if (location.kind === "file") {
    return await readFileSource(shown, location.url, powers);
  }
  if (location.kind === "package") {
    const { specifier } = location;
    return [
      await readRemote(
        shown,
        `${specifier}/${MANIFEST_FILE}`,
        (entry) => packageExport(specifier, entry),
        powers,
      ),
    ];
  }
  const { url } = location;
  const { host } = url;
  if (!await powers.isGranted({ name: "import", host })) {
    return [
      notGranted(shown, `import to ${quote(host)}`, `--allow-import=${host}`),
    ];
  }
  return [
    await readRemote(
      shown,
      url.href,
      (entry) => new URL(entry ?? "./mod.ts", url).href,
      powers,
    ),
  ];
}

/**
 * Reads the manifest of a plugin that the host hands over as an object.
 *
 * @param builtin The plugin.
 * @param index Its place among the builtins, for people.
 * @returns What was found.
 */
export function readBuiltin(builtin: Builtin, index: number): FoundPlugin {
  const parsed = parseManifest(builtin.manifest);
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
