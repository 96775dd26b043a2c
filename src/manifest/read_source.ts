import type { Problem } from "../base/errors.ts";
import {
  fileName,
  fromFileUrl,
  MANIFEST_FILE,
  resolvePath,
} from "../base/path.ts";
import { hostOf } from "../permissions/permission_set.ts";
import { resolveEntry } from "./entry.ts";
import type { Builtin, FoundPlugin } from "./manifest.ts";
import { parseManifest } from "./parse_manifest.ts";
import { readDirectory, readManifestFile } from "./read_directory.ts";
import { parseSource, shownSource } from "./source.ts";
import type { SourceSystem } from "./source_system.ts";
import {
  cannotRead,
  missingPermission,
  readable,
  sourceProblem,
  unreadable,
} from "./found_plugin.ts";

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
  const { withPackageVersion } = await import("./package_version.ts");
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
