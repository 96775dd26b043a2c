import { decodeFileText, readFileBytes } from "../base/path.ts";
import { describeThrown } from "../base/text.ts";
import { pathFlags, UNNAMEABLE_PATH } from "../permissions/format_flags.ts";

/** The content of a secret file, or the reason why it cannot be used. */
export type SecretFileResult =
  | Readonly<{ ok: true; value: string }>
  | Readonly<{
    ok: false;
    /** The reason, to follow the path of the setting in a message. */
    fault: string;
    remedy: string;
  }>;

/** Reads secret files for one plugin. */
export interface SecretFiles {
  /**
   * Tests if a path lies in a directory of secrets. A key that names such a path
   * is a reference, whatever its own name is.
   *
   * @param path The path in the configuration.
   * @returns True if it lies in such a directory.
   */
  isSecretPath(path: string): boolean;
  /**
   * Reads a file. Needs `read` permission for it.
   *
   * @param path The path in the configuration.
   * @returns Its text without the newline at its end, or the reason why it
   * cannot be used.
   */
  read(path: string): SecretFileResult;
}

/** The part of the file system that secret files need. */
export interface SecretFileSystem {
  /** Resolves symbolic links. */
  realPath(path: string): string;
  /** Reads a regular file up to a limit; returns `undefined` for anything else. */
  readFile(path: string, limit: number): Uint8Array | undefined;
}

const denoSecretFileSystem: SecretFileSystem = {
  realPath: (path) => Deno.realPathSync(path),
  readFile: readFileBytes,
};

/** Options of {@linkcode secretFiles}. */
export interface SecretFilesOptions {
  /**
   * The directories whose files the configuration of any plugin may name.
   *
   * @default {["/run/secrets"]}
   */
  readonly directories?: readonly string[] | undefined;
  /** Tests if the manifest declares a path for reading. */
  readonly declares: (path: string) => boolean;
  /**
   * The file system.
   *
   * @default {denoSecretFileSystem}
   */
  readonly system?: SecretFileSystem | undefined;
}

// A secret is short; a certificate chain has some kilobytes.
const MAX_BYTES = 65_536;
const ABSOLUTE_REGEXP = /^(?:\/|[A-Za-z]:[\\/]|\\\\)/;
const DETOUR_REGEXP = /[\\/](?:\.{0,2}[\\/]|\.{1,2}$)/;

function isWithin(directory: string, path: string): boolean {
  return /[\\/]$/.test(directory)
    ? path.startsWith(directory)
    : path.startsWith(directory) &&
      /^[\\/]./.test(path.slice(directory.length));
}

function refuse(fault: string, remedy: string): SecretFileResult {
  return { ok: false, fault, remedy };
}

function refuseThrown(path: string, thrown: unknown): SecretFileResult {
  if (thrown instanceof Deno.errors.NotFound) {
    return refuse(
      "names a file that does not exist",
      "Create the file, or correct its path",
    );
  }
  if (thrown instanceof Deno.errors.NotCapable) {
    const flags = pathFlags({ read: [path] });
    return refuse(
      "names a file that the process may not read",
      flags === undefined ? UNNAMEABLE_PATH : `Start the host with ${flags}`,
    );
  }
  return refuse(
    `names a file that cannot be read: ${describeThrown(thrown)}`,
    "Make the file readable for the user that runs the host",
  );
}

function decodeSecret(bytes: Uint8Array | undefined): SecretFileResult {
  const read = decodeFileText(bytes, MAX_BYTES);
  const value = "text" in read ? read.text.replace(/\r?\n$/, "") : "";
  if (value !== "") return { ok: true, value };
  return refuse(
    `names a file that ${"fault" in read ? read.fault : "is empty"}`,
    "Name a text file that contains only the secret",
  );
}

/**
 * Creates a reader of secret files for one plugin, as Docker and Kubernetes
 * mount them. It reads files in a directory of secrets, and files that the
 * manifest declares for reading. A link must lead to such a file as well.
 *
 * @example A secret of Docker or Kubernetes
 * ```ts
 * import {
 *   recordEnvironment,
 *   resolveConfigReferences,
 *   secretFiles,
 * } from "@semantik/plugins/environment";
 * import { assertEquals } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${directory}/api_key`, "k1\n");
 *
 * const resolved = resolveConfigReferences(
 *   { api_key_file: `${directory}/api_key` },
 *   {
 *     environment: recordEnvironment({}),
 *     declared: [],
 *     files: secretFiles({ directories: [directory], declares: () => false }),
 *   },
 * );
 *
 * assertEquals(resolved.ok && resolved.config, { api_key: "k1" });
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @param options Options.
 * @returns The reader, for the option `files` of `resolveConfigReferences`.
 */
export function secretFiles(options: SecretFilesOptions): SecretFiles {
  const {
    directories = ["/run/secrets"],
    declares,
    system = denoSecretFileSystem,
  } = options;

  function isSecretPath(path: string): boolean {
    return directories.some((directory) => isWithin(directory, path));
  }

  function realDirectories(): readonly string[] {
    return directories.flatMap((directory) => {
      try {
        return [system.realPath(directory)];
      } catch {
        return [];
      }
    });
  }

  function read(path: string): SecretFileResult {
    if (!ABSOLUTE_REGEXP.test(path) || DETOUR_REGEXP.test(path)) {
      return refuse(
        "does not name a file by its absolute path",
        "Write the absolute path, without . and .. in it",
      );
    }
    if (!isSecretPath(path) && !declares(path)) {
      return refuse(
        "names a file that the manifest does not declare under permissions.read",
        `Declare the file in the manifest, or put it into ${
          directories[0] ?? "a directory of the option secretDirectories"
        }`,
      );
    }
    try {
      const real = system.realPath(path);
      const isAllowed = isSecretPath(real) || declares(real) ||
        realDirectories().some((directory) => isWithin(directory, real));
      if (!isAllowed) {
        return refuse(
          "names a link to a file that the manifest does not declare",
          "Declare the file that the link leads to, or name another one",
        );
      }
      return decodeSecret(system.readFile(path, MAX_BYTES));
    } catch (thrown) {
      return refuseThrown(path, thrown);
    }
  }

  return Object.freeze({ isSecretPath, read });
}
