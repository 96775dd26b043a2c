import { isRecord, loaderRemedy, type Problem } from "../base/errors.ts";
import {
  fileName,
  fromFileUrl,
  isWindowsPath,
  joinFilePath,
  MANIFEST_FILE,
  resolvePath,
  stampFile,
  toFileUrl,
  trimSeparators,
} from "../base/path.ts";
import { describeThrown, quote } from "../base/text.ts";
import { npmPackagesIn } from "../permissions/check_declaration.ts";
import { hostOf } from "../permissions/permission_set.ts";
import {
  type Builtin,
  cannotRead,
  type FoundPlugin,
  type JudgedManifest,
  type Manifest,
  manifestProblem,
  MAX_MANIFEST_BYTES,
  missingPermission,
  readable,
  sourceProblem,
  unreadable,
} from "./manifest.ts";
import { decodeManifest, parseManifest } from "./parse_manifest.ts";
import {
  isAbsence,
  locateEntry,
  type ManifestPlace,
  parseSource,
  readNpmPackage,
  resolveEntry,
  shownSource,
  withPackageVersion,
} from "./source.ts";
import type { SourceSystem } from "./source_system.ts";

function withEntry(
  source: string,
  manifest: Manifest,
  file: Pick<JudgedManifest, "bytes" | "stamp">,
  place: ManifestPlace,
  system: SourceSystem,
): FoundPlugin {
  try {
    const located = locateEntry(source, manifest, place, system);
    if (!located.ok) return unreadable(source, [located.problem], manifest.id);
    const { directory, entry } = located;
    const path = joinFilePath(directory, place.name);
    const judged = { place: path, ...file, manifest, directory };
    return readable(source, entry, judged);
  } catch (thrown) {
    const problem = cannotRead(source, thrown, system);
    return unreadable(source, [problem], manifest.id);
  }
}

function readManifest(
  source: string,
  place: ManifestPlace,
  system: SourceSystem,
): FoundPlugin {
  const path = joinFilePath(place.directory, place.name);
  // Before it is opened: opening a pipe waits for a writer.
  const info = system.stat(path);
  if (!info.isFile) {
    return unreadable(source, [
      sourceProblem(
        source,
        "its manifest is not a file",
        "Put the manifest there, as a file",
      ),
    ]);
  }
  const bytes = system.readFile(path, MAX_MANIFEST_BYTES + 1);
  const decoded = decodeManifest(bytes);
  if (!decoded.ok) {
    const { problems, inferredId } = decoded;
    return { ...unreadable(source, problems), inferredId };
  }
  const parsed = parseManifest(decoded.value);
  if (!parsed.ok) return unreadable(source, parsed.problems, parsed.id);
  const file = { bytes, stamp: stampFile(info) };
  return withEntry(source, parsed.manifest, file, place, system);
}

/** Reads a manifest. Returns `undefined` when it does not exist, and never throws. */
function readManifestFile(
  source: string,
  place: ManifestPlace,
  system: SourceSystem,
): FoundPlugin | undefined {
  try {
    return readManifest(source, place, system);
  } catch (thrown) {
    const problem = findProblem(source, place, thrown, system);
    return problem === undefined ? undefined : unreadable(source, [problem]);
  }
}

function findProblem(
  source: string,
  { directory, name }: ManifestPlace,
  thrown: unknown,
  system: SourceSystem,
): Problem | undefined {
  const path = joinFilePath(directory, name);
  const isAbsent = isAbsence(thrown);
  if (isAbsent || thrown instanceof Deno.errors.NotCapable) {
    // The whole directory is needed, not only the first file that is denied. To
    // a process with --ignore-read, a file does not exist.
    for (const value of [directory, path]) {
      const entry = { kind: "read", value } as const;
      const missing = missingPermission(source, entry, system);
      if (missing !== undefined) return missing;
    }
  }
  if (!isAbsent) return cannotRead(source, thrown, system);
  return isThere(path, system)
    ? danglingLink(source, "its manifest")
    : undefined;
}

// Somebody meant a plugin to be there.
function danglingLink(source: string, subject: string): Problem {
  return sourceProblem(
    source,
    `${subject} is a link to nothing`,
    "Bring back what it links to, or remove the link",
  );
}

function isThere(path: string, system: SourceSystem): boolean {
  try {
    system.lstat(path);
    return true;
  } catch {
    return false;
  }
}

function joinSource(source: string, name: string): string {
  if (/[\\/]$/.test(source)) return `${source}${name}`;
  return `${source}${isWindowsPath(source) ? "\\" : "/"}${name}`;
}

function readEntry(
  shown: string,
  { name, isSymlink }: Deno.DirEntry,
  parent: { readonly directory: string; readonly realDirectory: string },
  system: SourceSystem,
): FoundPlugin | undefined {
  const directory = joinFilePath(parent.directory, name);
  // An entry that is no link, of a directory without links, is its own real path.
  const realDirectory = isSymlink
    ? undefined
    : joinFilePath(parent.realDirectory, name);
  const place = { directory, realDirectory, name: MANIFEST_FILE };
  const found = readManifestFile(shown, place, system);
  if (found !== undefined || !isSymlink) return found;
  try {
    system.stat(directory);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) {
      return unreadable(shown, [danglingLink(shown, "it")]);
    }
  }
  // A link to a file is not a plugin.
  return undefined;
}

function listEntries(
  directory: string,
  system: SourceSystem,
): readonly Deno.DirEntry[] {
  return [...system.readDirectory(directory)]
    .filter(({ name }) => !name.startsWith("."))
    .sort((one, other) => one.name < other.name ? -1 : 1);
}

/** Reads the plugins in a directory, and in its scopes: `@scope/name`, as npm does. */
function readEntries(
  source: string,
  directory: string,
  entries: readonly Deno.DirEntry[],
  system: SourceSystem,
  known: ReadonlyMap<string, FoundPlugin>,
  isInScope = false,
): readonly FoundPlugin[] {
  if (entries.length === 0) return [];
  const parent = { directory, realDirectory: system.realPath(directory) };
  const plugins: FoundPlugin[] = [];
  for (const entry of entries) {
    if (entry.isFile) continue;
    const shown = joinSource(source, entry.name);
    const before = known.get(shown);
    // A bad one may be good by now, and a link may have another target.
    const plugin = before?.ok === true && !entry.isSymlink
      ? before
      : readEntry(shown, entry, parent, system);
    if (plugin !== undefined) plugins.push(plugin);
    else if (entry.name.startsWith("@") && !isInScope) {
      const scope = joinFilePath(directory, entry.name);
      plugins.push(...readScope(shown, scope, system, known));
    }
  }
  return plugins;
}

function readScope(
  source: string,
  directory: string,
  system: SourceSystem,
  known: ReadonlyMap<string, FoundPlugin>,
): readonly FoundPlugin[] {
  try {
    // A link to a file is not a scope.
    if (!system.stat(directory).isDirectory) return [];
    const entries = listEntries(directory, system);
    return readEntries(source, directory, entries, system, known, true);
  } catch (thrown) {
    return [unreadable(source, [cannotRead(source, thrown, system)])];
  }
}

/**
 * Reads the manifest of a directory, or those of the directories in it, by name.
 *
 * @param known Results of an earlier reading, by source: good manifests are not read again.
 * @throws the error of listing the directory.
 */
export function readDirectory(
  source: string,
  directory: string,
  system: SourceSystem,
  known: ReadonlyMap<string, FoundPlugin>,
): readonly FoundPlugin[] {
  const place = { directory, name: MANIFEST_FILE };
  const own = readManifestFile(source, place, system);
  if (own !== undefined) return [own];
  const entries = listEntries(directory, system);
  // A directory that waits for its first plugin is fine.
  if (entries.length === 0) return [];
  const plugins = readEntries(source, directory, entries, system, known);
  if (plugins.length > 0) return plugins;
  // A directory that contains no plugin is most likely the wrong one.
  return [unreadable(source, [
    sourceProblem(
      source,
      `neither it nor a directory in it holds a ${MANIFEST_FILE}`,
      `Name the directory of a ${MANIFEST_FILE}, or one above it`,
    ),
  ])];
}

// A query may contain a key, and the loader's message contains the whole URL.
function withoutQuery(problem: Problem, address: string): Problem {
  const [start = "", ...others] = problem.message.split(`${address}?`);
  const message = [
    start,
    ...others.map((rest) => `***${rest.replace(/^[^\s"']*/, "")}`),
  ].join(`${address}?`);
  return { ...problem, message };
}

async function importManifest(
  source: string,
  specifier: string,
  entrySpecifier: (entry: string | undefined) => string,
  system: SourceSystem,
): Promise<FoundPlugin> {
  // A new query imports the manifest again, not the code.
  const place = specifier.replace(/\?.*/, "");
  try {
    const parsed = parseManifest(await system.importJson(specifier));
    if (!parsed.ok) return unreadable(source, parsed.problems, parsed.id);
    const { manifest } = parsed;
    const bytes = new TextEncoder().encode(JSON.stringify(manifest));
    const judged = { place, bytes, manifest, directory: undefined };
    return readable(source, entrySpecifier(manifest.entry), judged);
  } catch (thrown) {
    const problem = cannotRead(source, thrown, system);
    return unreadable(source, [withoutQuery(problem, place)]);
  }
}

/** Reads the export `./plugin.json` of a package. Needs no permission. */
async function readPackage(
  source: string,
  specifier: string,
  system: SourceSystem,
): Promise<FoundPlugin> {
  const manifest = `${specifier}/${MANIFEST_FILE}`;
  const found = await importManifest(source, manifest, (key = ".") => {
    const name = key.replace(/^\.\/?/, "");
    return name === "" ? specifier : `${specifier}/${name}`;
  }, system);
  if (!found.ok) return found;
  return await withPackageVersion(found, manifest, system);
}

async function readRemote(
  source: string,
  url: URL,
  system: SourceSystem,
): Promise<FoundPlugin> {
  // Deno refuses this to a package from JSR, and a checkout does the same.
  if (system.remoteRemedy !== undefined) {
    const fault = "it is on a server, and there is no importModule";
    return unreadable(source, [
      sourceProblem(source, fault, system.remoteRemedy),
    ]);
  }
  const needed = { kind: "import", value: hostOf(url) } as const;
  const missing = missingPermission(source, needed, system);
  if (missing !== undefined) return unreadable(source, [missing]);
  const resolve = (entry?: string) => resolveEntry(entry, url).href;
  return await importManifest(source, url.href, resolve, system);
}

function readFile(
  source: string,
  path: string,
  system: SourceSystem,
): FoundPlugin {
  if (!path.endsWith(".json")) {
    return unreadable(source, [
      sourceProblem(
        source,
        "it is neither a directory nor a manifest",
        `Name a ${MANIFEST_FILE}, its directory, or one above it`,
      ),
    ]);
  }
  // The plugin's files are beside the manifest.
  const directory = resolvePath("..", path);
  const entry = { kind: "read", value: directory } as const;
  const missing = missingPermission(source, entry, system);
  if (missing !== undefined) return unreadable(source, [missing]);
  const place = { directory, name: fileName(path) };
  return readManifestFile(source, place, system) ??
    unreadable(source, [
      cannotRead(source, new Deno.errors.NotFound(), system),
    ]);
}

function readFileSource(
  source: string,
  url: URL,
  system: SourceSystem,
  known: ReadonlyMap<string, FoundPlugin>,
): readonly FoundPlugin[] {
  try {
    const path = fromFileUrl(url);
    const entry = { kind: "read", value: path } as const;
    const missing = missingPermission(source, entry, system);
    if (missing !== undefined) return [unreadable(source, [missing])];
    return system.stat(path).isDirectory
      ? readDirectory(source, path, system, known)
      : [readFile(source, path, system)];
  } catch (thrown) {
    return [unreadable(source, [cannotRead(source, thrown, system)])];
  }
}

/**
 * Reads every manifest of a source. Never prompts, never runs plugin code, and
 * never throws because of what a source contains.
 *
 * @param known Results of an earlier reading, by source. Good manifests are not
 * read again, and servers and packages whatever the result was.
 */
export async function readSource(
  source: string | URL,
  workingDirectory: string,
  system: SourceSystem,
  known: ReadonlyMap<string, FoundPlugin> = new Map(),
): Promise<readonly FoundPlugin[]> {
  const shown = shownSource(source);
  const before = known.get(shown);
  if (before?.ok) return [before];
  const parsed = parseSource(source, workingDirectory);
  if (!parsed.ok) return [unreadable(shown, [parsed.problem])];
  const { location } = parsed;
  if (location.kind === "file") {
    return readFileSource(shown, location.url, system, known);
  }
  if (before !== undefined) return [before];
  return [
    location.kind === "package"
      ? await readPackage(shown, location.specifier, system)
      : await readRemote(shown, location.url, system),
  ];
}

/** Reads the manifest of a builtin; its index names it when it has no id. */
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

// The directories in which Deno keeps the packages from npm that a manifest names.

function directoryOf(base: string): string {
  return trimSeparators(fromFileUrl(new URL(base)));
}

/** Lists those that Deno installed: the others are for other systems. */
async function optionalDirectories(
  manifest: Readonly<Record<string, unknown>>,
  file: string,
  system: SourceSystem,
): Promise<readonly string[]> {
  const { optionalDependencies } = manifest;
  if (!isRecord(optionalDependencies)) return [];
  const found: string[] = [];
  for (const name of Object.keys(optionalDependencies)) {
    // A package may hide one of the two.
    const path = await system.resolveFrom(file, `${name}/package.json`) ??
      await system.resolveFrom(file, name);
    const module = path === undefined ? undefined : toFileUrl(path);
    const own = module && await readNpmPackage(name, module, system);
    if (own !== undefined) found.push(directoryOf(own.base));
  }
  return found;
}

/**
 * Finds the directory of a package, and those of its optional dependencies, which
 * hold native add-ons for this system.
 */
async function findDirectories(
  specifier: string,
  system: SourceSystem,
): Promise<readonly string[]> {
  const name = specifier.replace(/^npm:/, "").replace(/(?!^)@.*$/, "");
  const locate = () =>
    [`${specifier}/package.json`, specifier].map((one) => system.resolve(one))
      .find((one) => one?.startsWith("file:"));
  let module = locate();
  if (module === undefined) {
    let reason: unknown;
    try {
      // Deno installs a package for any import, and this one runs no code.
      await system.importJson(`${specifier}/package.json`);
    } catch (thrown) {
      reason = thrown;
    }
    module = locate();
    // A package may hide its package.json, and is installed all the same.
    if (module === undefined) throw reason ?? new Error("It exports nothing");
  }
  const found = await readNpmPackage(name, new URL(module), system);
  if (found === undefined) throw new Error("Its package.json was not found");
  const file = `${found.base}package.json`;
  return [
    directoryOf(found.base),
    ...await optionalDirectories(found.manifest, file, system),
  ];
}

/**
 * Adds the directories of the packages that a manifest names by `$NPM`. One that
 * cannot be had refuses the plugin, unless only optional permissions name it.
 */
export async function withNpmDirectories(
  plugin: FoundPlugin,
  system: SourceSystem,
): Promise<FoundPlugin> {
  if (!plugin.ok || plugin.npmDirectories !== undefined) return plugin;
  const { permissions, optionalPermissions, id } = plugin.manifest;
  const required = npmPackagesIn(permissions);
  const names = new Set([...required, ...npmPackagesIn(optionalPermissions)]);
  if (names.size === 0) return plugin;
  const directories: Record<string, readonly string[]> = {};
  for (const name of names) {
    const specifier = `npm:${name}`;
    try {
      directories[name] = await findDirectories(specifier, system);
    } catch (thrown) {
      directories[name] = [];
      if (!required.has(name)) continue;
      const reason = describeThrown(thrown);
      const problem = manifestProblem(
        "permissions",
        `The package ${quote(specifier)} cannot be found: ${reason}`,
        loaderRemedy(reason) ?? `Run deno cache ${specifier}`,
      );
      const code = "PLUGIN_SOURCE_UNREADABLE";
      return {
        ...unreadable(plugin.source, [{ ...problem, code }], id),
        origin: plugin.origin,
      };
    }
  }
  return { ...plugin, npmDirectories: Object.freeze(directories) };
}
