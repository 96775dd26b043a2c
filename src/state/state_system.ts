import { pathFlags, UNNAMEABLE_PATH } from "../permissions/permission_flags.ts";
import { quote } from "../base/text.ts";

/** The part of `Deno.FsFile` that a state file needs. */
export type StateFileHandle = Pick<
  Deno.FsFile,
  "read" | "write" | "sync" | "tryLock" | "unlock" | "close"
>;

/** The part of Deno that a state file needs: the file system and permissions. */
export interface StateSystem {
  /** Queries a permission. Never prompts. */
  permission(
    kind: "read" | "write",
    path: string,
  ): Promise<Deno.PermissionState>;
  /**
   * Reports if Deno would prompt for a permission that is neither granted nor
   * denied. If not, the operation is tried: under a permission broker a query
   * says nothing, and the broker may still grant it.
   */
  canPrompt(): boolean;
  /** Describes a path without following a symbolic link. */
  lstat(path: string): Promise<Pick<Deno.FileInfo, "isSymlink">>;
  /** Describes the file that a path leads to. */
  stat(path: string): Promise<Pick<Deno.FileInfo, "isFile" | "size">>;
  /** Opens a file. */
  open(path: string, options: Deno.OpenOptions): Promise<StateFileHandle>;
  /** Replaces one file by another, atomically. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file. */
  remove(path: string): Promise<void>;
  /** Watches the files in a directory. */
  watch(directory: string):
    & Pick<Deno.FsWatcher, "close">
    & AsyncIterable<
      Pick<Deno.FsEvent, "kind" | "paths">
    >;
}

/** Deno itself. */
export const denoStateSystem: StateSystem = {
  async permission(name, path) {
    return (await Deno.permissions.query({ name, path })).state;
  },
  // Deno prompts on standard error, and only when somebody can answer.
  canPrompt: () => Deno.stdin.isTerminal() && Deno.stderr.isTerminal(),
  lstat: (path) => Deno.lstat(path),
  stat: (path) => Deno.stat(path),
  open: (path, options) => Deno.open(path, options),
  rename: (from, to) => Deno.rename(from, to),
  remove: (path) => Deno.remove(path),
  watch: (directory) => Deno.watchFs(directory, { recursive: false }),
};

/** The paths to read and to write. */
export type FilePermissions = Readonly<
  Partial<Record<"read" | "write", readonly string[]>>
>;

/** The reason why a state file cannot be used, and the remedy. */
export type StateFault = Readonly<{
  what: string;
  remedy: string;
  /** The place in the file. */
  path?: string;
  cause?: unknown;
}>;

type Missing = Readonly<{
  kind: "read" | "write";
  path: string;
  state: Deno.PermissionState;
}>;

async function findMissing(
  permissions: FilePermissions,
  system: StateSystem,
): Promise<readonly Missing[]> {
  const missing: Missing[] = [];
  for (const kind of ["read", "write"] as const) {
    for (const path of permissions[kind] ?? []) {
      const state = await system.permission(kind, path);
      if (state !== "granted") missing.push({ kind, path, state });
    }
  }
  return missing;
}

function toFault(missing: readonly Missing[]): StateFault {
  const pathsOf = (kind: "read" | "write") =>
    missing.filter((one) => one.kind === kind).map(({ path }) => path);
  const paths = { read: pathsOf("read"), write: pathsOf("write") };
  const needs = Object.entries(paths).filter(([, list]) => list.length > 0)
    .map(([kind, list]) =>
      `${kind} permission for ${list.map(quote).join(", ")}`
    );
  const what = `this process lacks ${needs.join(" and ")}`;
  const flags = pathFlags(paths);
  if (flags === undefined) {
    return { what, remedy: UNNAMEABLE_PATH };
  }
  const denied = missing.some(({ state }) => state === "denied")
    ? ", and do not deny it"
    : "";
  return { what, remedy: `Start Deno with ${flags} too${denied}` };
}

/** Returns a fault if using the paths would fail for sure, or prompt. */
export async function findPermissionFault(
  permissions: FilePermissions,
  system: StateSystem,
): Promise<StateFault | undefined> {
  const missing = await findMissing(permissions, system);
  const isHopeless = missing.length > 0 &&
    (system.canPrompt() || missing.some(({ state }) => state === "denied"));
  return isHopeless ? toFault(missing) : undefined;
}

/** Returns a fault if what the file system threw is a missing permission. */
export async function permissionFaultOf(
  thrown: unknown,
  permissions: FilePermissions,
  system: StateSystem,
): Promise<StateFault | undefined> {
  if (!(thrown instanceof Deno.errors.NotCapable)) return undefined;
  const missing = await findMissing(permissions, system);
  return missing.length === 0 ? undefined : toFault(missing);
}
