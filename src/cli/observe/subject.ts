/** A plugin that is observed, and the folders by which its paths are told apart. */

import {
  isIn,
  MANIFEST_FILE,
  resolvePath,
  toFileUrl,
} from "../../base/path.ts";
import { quote } from "../../base/text.ts";
import type { CodeUrls } from "../../evidence/attribution.ts";
import type { Declared } from "../../evidence/manifest_diff.ts";
import type { Places } from "../../evidence/use.ts";
import { normalizePermissions } from "../../permissions/normalize_permissions.ts";
import type { PermissionSet } from "../../permissions/permission_set.ts";
import { union } from "../../permissions/set_algebra.ts";
import { UsageError } from "../failure.ts";
import { readManifest } from "../read_manifest.ts";

export interface Subject {
  readonly id: string;
  /** Its absolute directory, without symbolic links. */
  readonly directory: string;
  readonly declared: Declared;
  readonly urls: CodeUrls;
}

/** The URL that the modules of this package begin with. */
export const LIBRARY: string = new URL("../../", import.meta.url).href;

/** Reads the manifest of a plugin to observe. */
export async function readSubject(given: string): Promise<Subject> {
  const directory = await Deno.realPath(resolvePath(given, Deno.cwd()))
    .catch((thrown) => {
      if (thrown instanceof Deno.errors.NotFound) return undefined;
      throw thrown;
    });
  const manifest = directory === undefined
    ? undefined
    : readManifest(directory, "observe");
  if (directory === undefined || manifest === undefined) {
    throw new UsageError(
      `Cannot observe ${quote(given)}: it has no ${MANIFEST_FILE}`,
      "Name the directory of a plugin",
    );
  }
  const { id, permissions, optionalPermissions } = manifest;
  return {
    id,
    directory,
    declared: { permissions, optionalPermissions },
    urls: { plugin: `${toFileUrl(directory).href}/`, library: LIBRARY },
  };
}

/** Returns what a plugin may do by its manifest, and what it may do anyway. */
export function declaredSet(
  { directory, declared }: Subject,
  dataDirectory: string,
): PermissionSet {
  const base = { directory, dataDirectory };
  return union(
    ...[declared.permissions, declared.optionalPermissions].map((one) =>
      normalizePermissions(withoutPackages(one), base)
    ),
    { read: [directory] },
  );
}

/** The directories of packages are known to the host alone. */
function withoutPackages(
  declaration: Declared["permissions"],
): Declared["permissions"] {
  const { read, ffi, ...others } = declaration;
  const kept = (list: true | readonly string[] | undefined) =>
    list === true || list === undefined
      ? list
      : list.filter((value) => !value.startsWith("$NPM/"));
  const [reads, libraries] = [kept(read), kept(ffi)];
  return {
    ...others,
    ...reads === undefined ? {} : { read: reads },
    ...libraries === undefined ? {} : { ffi: libraries },
  };
}

function homeDirectory(): string | undefined {
  const name = Deno.build.os === "windows" ? "USERPROFILE" : "HOME";
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}

/** Returns the places of a run. */
export function placesOf(
  { directory }: Subject,
  { temporary, workingDirectory, dataDirectories, isDataTemporary }: Pick<
    Places,
    "temporary" | "workingDirectory" | "dataDirectories" | "isDataTemporary"
  >,
): Places {
  const project = Deno.realPathSync(Deno.cwd());
  return {
    directory,
    root: isIn(directory, project) ? project : resolvePath("..", directory),
    workingDirectory,
    dataDirectories,
    home: homeDirectory(),
    temporary: [...new Set([...temporary, "/tmp", "/var/tmp"])],
    isDataTemporary,
    windows: Deno.build.os === "windows",
  };
}
