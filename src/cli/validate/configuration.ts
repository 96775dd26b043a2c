/** The `deno.json` and `package.json` of a directory, as far as `validate` reads them. */

import { isRecord } from "../../base/errors.ts";
import { pathAndParents } from "../../base/path.ts";

/** The specifiers of names. */
export type ImportMap = Readonly<Record<string, string>>;

type Fields = Readonly<Record<string, unknown>>;

/** A configuration that describes a package. */
export interface PackageConfiguration {
  /** Its file name. */
  readonly file: string;
  readonly registry: "jsr" | "npm";
  readonly name: string;
  readonly fields: Fields;
}

export interface Configuration {
  /** False if the directory has no configuration that can be read. */
  readonly exists: boolean;
  readonly imports: ImportMap;
  readonly packages: readonly PackageConfiguration[];
}

const COMMENT_REGEXP = /("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[^]*?\*\//g;
const TRAILING_COMMA_REGEXP = /("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g;
// Deno extends an entry for a package to its subpaths.
const PACKAGE_REGEXP = /^(?:jsr|npm):/;
const JSR_NAME_REGEXP = /^@[^/]+\/[^/]+$/;

/** Reads a file that makes messages better, without a prompt for permission. */
export async function readIfGranted(path: string): Promise<string | undefined> {
  const { state } = await Deno.permissions.query({ name: "read", path });
  return state === "granted"
    ? await Deno.readTextFile(path).catch(() => undefined)
    : undefined;
}

async function readFields(path: string): Promise<Fields | undefined> {
  const text = await readIfGranted(path);
  if (text === undefined) return undefined;
  try {
    const fields: unknown = JSON.parse(
      text.replace(COMMENT_REGEXP, "$1").replace(TRAILING_COMMA_REGEXP, "$1"),
    );
    return isRecord(fields) ? fields : undefined;
  } catch {
    return undefined;
  }
}

function stringsOf(value: unknown): ImportMap {
  return Object.fromEntries(
    Object.entries(isRecord(value) ? value : {})
      .filter((entry): entry is [string, string] =>
        typeof entry[1] === "string"
      ),
  );
}

/** Returns a configuration with a name and exports, unless it is private. */
function packageOf(
  file: string,
  fields: Fields | undefined,
): readonly PackageConfiguration[] {
  if (fields === undefined || typeof fields.name !== "string") return [];
  const { name, exports, version } = fields;
  if (file === "package.json") {
    const isPublic = fields.private !== true && version !== undefined;
    return isPublic ? [{ file, registry: "npm", name, fields }] : [];
  }
  const isPublic = JSR_NAME_REGEXP.test(name) && fields.publish !== false &&
    (exports !== undefined || version !== undefined);
  return isPublic ? [{ file, registry: "jsr", name, fields }] : [];
}

/** Reads the configuration files of a directory. */
export async function readConfiguration(
  directory: string,
): Promise<Configuration> {
  let file = "deno.json";
  let deno = await readFields(`${directory}/${file}`);
  if (deno === undefined) {
    file = "deno.jsonc";
    deno = await readFields(`${directory}/${file}`);
  }
  const node = await readFields(`${directory}/package.json`);
  const dependencies = Object.fromEntries(
    Object.entries(stringsOf(node?.dependencies))
      .map(([name, range]) => [name, `npm:${name}@${range}`]),
  );
  return {
    exists: deno !== undefined || node !== undefined,
    imports: { ...dependencies, ...stringsOf(deno?.imports) },
    packages: [...packageOf(file, deno), ...packageOf("package.json", node)],
  };
}

async function readDenoFields(directory: string): Promise<Fields | undefined> {
  return await readFields(`${directory}/deno.json`) ??
    await readFields(`${directory}/deno.jsonc`);
}

/**
 * Finds the least age of a dependency for a program in a directory. A process in
 * another directory must be told: it does not find this configuration.
 */
export async function findMinimumAge(
  directory: string,
): Promise<string | undefined> {
  let isOwn = true;
  for (const parent of pathAndParents(directory)) {
    const fields = await readDenoFields(parent);
    // Above its own, Deno reads only the configuration of a workspace.
    if (fields === undefined || !isOwn && fields.workspace === undefined) {
      continue;
    }
    isOwn = false;
    const { minimumDependencyAge: given } = fields;
    const age = isRecord(given) ? given.age : given;
    if (typeof age === "string" || typeof age === "number") return String(age);
  }
  return undefined;
}

/** Reads the task `test` of a directory's own deno.json. */
export async function readTestTask(
  directory: string,
): Promise<string | undefined> {
  const tasks = (await readDenoFields(directory))?.tasks;
  const task = isRecord(tasks) ? tasks.test : undefined;
  const command = isRecord(task) ? task.command : task;
  return typeof command === "string" ? command : undefined;
}

/** Reads the names that the nearest configuration above a directory resolves. */
export async function findOuterImports(directory: string): Promise<ImportMap> {
  for (const parent of pathAndParents(directory).slice(1)) {
    const { exists, imports } = await readConfiguration(parent);
    if (exists) return imports;
  }
  return {};
}

/** Resolves a specifier as Deno does. */
export function resolveBy(
  imports: ImportMap,
  specifier: string,
): string | undefined {
  if (Object.hasOwn(imports, specifier)) return imports[specifier];
  const [found] = Object.entries(imports).flatMap(([key, target]) => {
    const prefix = PACKAGE_REGEXP.test(target) && !key.endsWith("/")
      ? `${key}/`
      : key;
    return prefix.endsWith("/") && specifier.startsWith(prefix)
      ? [{ key, target }]
      : [];
  }).sort((one, other) => other.key.length - one.key.length);
  return found === undefined
    ? undefined
    : `${found.target}${specifier.slice(found.key.length)}`;
}

/** Finds the nearest file of a name in a directory or above it. */
async function readNearest(
  directory: string,
  name: string,
): Promise<string | undefined> {
  for (const parent of pathAndParents(directory)) {
    const text = await readIfGranted(`${parent}/${name}`);
    if (text !== undefined) return text;
  }
  return undefined;
}

/**
 * Returns the configuration files of a directory from which a plugin runs as in
 * its host's project: they resolve the same names, from the same registries.
 *
 * @param directory The directory of the plugin, or of the host if it has none.
 */
export async function hostFiles(
  { directory, project }: {
    readonly directory: string | undefined;
    readonly project: string;
  },
): Promise<Readonly<Record<string, string>>> {
  const { imports, packages } = await readConfiguration(directory ?? project);
  const names = directory === undefined ? {} : {
    ...await findOuterImports(directory),
    // Publishing completes them.
    ...packages.length > 0 ? imports : {},
  };
  // A path would lead elsewhere.
  const full = Object.entries(names).filter(([, target]) =>
    URL.canParse(target)
  );
  const npmrc = await readNearest(directory ?? project, ".npmrc");
  return {
    "deno.json": JSON.stringify({ imports: Object.fromEntries(full) }),
    ...npmrc === undefined ? {} : { ".npmrc": npmrc },
  };
}
