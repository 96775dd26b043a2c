/** Reads what the trust in plugins depends on: the lock, the trust file, and each plugin's files. */

import type { PluginErrorCode, Problem } from "../base/errors.ts";
import {
  decodeFileText,
  fileName,
  fromFileUrl,
  haveSameBytes,
  MANIFEST_FILE,
  readFileBytes,
  resolvePath,
} from "../base/path.ts";
import { describeThrown, quote } from "../base/text.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type { PermissionEntry } from "../permissions/permission_set.ts";
import { pathFlags, UNNAMEABLE_PATH } from "../permissions/permission_flags.ts";
import {
  isMissing,
  type PermissionState,
} from "../permissions/permission_states.ts";
import {
  type SignatureVerdict,
  verifySsh,
} from "../provenance/allowed_signers.ts";
import { broughtModules } from "../provenance/deno_lock.ts";
import { parseLock, type PluginsLock } from "../provenance/lock.ts";
import { readTree, type TreeReading } from "../provenance/read_tree.ts";
import {
  LOCK_NAMESPACE,
  SUMS_FILE,
  SUMS_SIGNATURE_FILE,
  verifySums,
} from "../provenance/sums.ts";
import { sha256 } from "../provenance/tree.ts";
import {
  parseTrust,
  type PluginsTrust,
  trustedSigners,
} from "../provenance/trust.ts";
import type { TrustContext, TrustFacts } from "../provenance/trust_of.ts";
import { serialProblem } from "../provenance/verify_lock.ts";
import { readCodeFiles } from "../runners/in_process/imported_code.ts";

/** The absolute paths of the files that say whom and what to trust. */
export interface TrustPlaces {
  readonly lock?: string | undefined;
  readonly trust?: string | undefined;
}

/** The highest serials that were seen before. */
export interface SeenSerials {
  readonly lock?: number;
  readonly trust?: number;
}

/** The lock and the trust file, or everything that keeps both from being used. */
export type TrustReading =
  | (TrustContext & {
    readonly ok: true;
    /** The text of the `deno.lock` beside the lock; `undefined` if it cannot be read. */
    readonly denoLock?: string | undefined;
  })
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface TrustReadingOptions {
  /** Returns the state of a permission. Never prompts. */
  readonly permissionState: (entry: PermissionEntry) => PermissionState;
  /** The time, in milliseconds since 1970. */
  readonly now: number;
  readonly seen?: SeenSerials | undefined;
  /** True to read the `deno.lock` even if no plugin in the lock brings a module. */
  readonly withModules?: boolean;
}

/** More bytes than any of these files has. */
const MAX_BYTES = 33_554_432;

/** The file in which Deno pins modules, beside the lock of plugins. */
const DENO_LOCK = "deno.lock";

/** The file of a signature, as `ssh-keygen -Y sign` names it. */
export function signaturePath(path: string): string {
  return `${path}.sig`;
}

/** Returns the path of the `deno.lock` that pins the modules of a lock's plugins. */
export function denoLockPath(lock: string): string {
  return resolvePath(`../${DENO_LOCK}`, lock);
}

interface NamedFile {
  readonly path: string;
  /** E.g. `lock`. */
  readonly name: string;
  readonly code: PluginErrorCode;
}

type FileReading =
  | { readonly ok: true; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly ok: false; readonly problem: Problem };

function readFile(
  { path, name, code }: NamedFile,
  { permissionState }: Pick<TrustReadingOptions, "permissionState">,
): FileReading {
  const fail = (fault: string, remedy: string): FileReading => ({
    ok: false,
    problem: Object.freeze({
      code,
      message: `The ${name} ${quote(path)} ${fault}`,
      remedy,
    }),
  });
  if (isMissing(permissionState({ kind: "read", value: path }))) {
    const flags = pathFlags({ read: [path] }) ?? UNNAMEABLE_PATH;
    return fail("cannot be read", `Start Deno with ${flags} too`);
  }
  try {
    const bytes = readFileBytes(path, MAX_BYTES);
    return bytes === undefined
      ? fail("is not a file", "Put the file there")
      : { ok: true, bytes: new Uint8Array(bytes) };
  } catch (thrown) {
    return thrown instanceof Deno.errors.NotFound
      ? fail("does not exist", "Restore the file, or correct the option")
      : fail(
        `cannot be read: ${describeThrown(thrown)}`,
        "Let the user of this process read it",
      );
  }
}

/** The last moment at which somebody locked a plugin. */
function lastLocked({ plugins }: PluginsLock): number {
  return Math.max(
    0,
    ...Object.values(plugins).map(({ lockedAt }) => Date.parse(lockedAt)),
  );
}

function signatureFault(
  verdict: Exclude<SignatureVerdict, { verdict: "good" }>,
): Problem {
  const { verdict: kind, reason } = verdict;
  const message = `The signature of the lock does not count: ${reason}`;
  switch (kind) {
    case "unchecked":
      return {
        code: "PLUGIN_SIGNATURE_UNCHECKED",
        message,
        remedy: "Sign the lock with a key of the type Ed25519",
      };
    case "revoked":
      return {
        code: "PLUGIN_REVOKED",
        message,
        remedy: "Review the lock, and sign it with another key",
      };
    default:
      return {
        code: "PLUGIN_SIGNATURE_WRONG",
        message,
        remedy: "Restore the lock, or have one of lockKeys of the trust file " +
          `sign it: ssh-keygen -Y sign -n ${LOCK_NAMESPACE}`,
      };
  }
}

/** Checks that an operator signed the lock, if the trust file names keys for that. */
async function checkLockSignature(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  lock: PluginsLock,
  trust: PluginsTrust,
  options: TrustReadingOptions,
): Promise<readonly Problem[]> {
  if (trust.lockKeys.length === 0) return [];
  const read = readFile({
    path: signaturePath(path),
    name: "signature of the lock",
    code: "PLUGIN_SIGNATURE_WRONG",
  }, options);
  if (!read.ok) return [read.problem];
  const verdict = await verifySsh(
    new TextDecoder().decode(read.bytes),
    bytes,
    {
      namespace: LOCK_NAMESPACE,
      signers: trustedSigners(trust, "lock"),
      revoked: Object.keys(trust.revoked.keys),
      // A key that expired later stops new locks, and not what is locked.
      now: Math.min(options.now, lastLocked(lock) || options.now),
    },
  );
  return verdict.verdict === "good"
    ? []
    : [Object.freeze(signatureFault(verdict))];
}

function bringsModules({ plugins }: PluginsLock): boolean {
  return Object.values(plugins).some(({ dependencies }) =>
    Object.keys(dependencies).length > 0
  );
}

/** Reads the `deno.lock` beside a lock; `undefined` if that is impossible. */
export function readDenoLock(
  lock: string,
  options: Pick<TrustReadingOptions, "permissionState">,
): string | undefined {
  const read = readFile({
    path: denoLockPath(lock),
    name: "file",
    code: "PLUGIN_LOCK_INVALID",
  }, options);
  const decoded = read.ok ? decodeFileText(read.bytes, MAX_BYTES) : undefined;
  return decoded !== undefined && "text" in decoded ? decoded.text : undefined;
}

/**
 * Reads the lock and the trust file, with the signature of the lock. One fault in
 * one of them, or a serial that went back, makes both useless.
 */
export async function readTrustFiles(
  { lock: lockPath, trust: trustPath }: TrustPlaces,
  options: TrustReadingOptions,
): Promise<TrustReading> {
  const problems: Problem[] = [];
  const { seen = {} } = options;
  const take = (path: string, name: string, code: PluginErrorCode) => {
    const read = readFile({ path, name, code }, options);
    if (read.ok) return read.bytes;
    problems.push(read.problem);
    return undefined;
  };
  const checkSerial = (
    file: "lock" | "trust file",
    before: number | undefined,
    found: number,
  ) => {
    const problem = before === undefined
      ? undefined
      : serialProblem(file, { seen: before, found });
    if (problem !== undefined) problems.push(problem);
  };
  let trust: PluginsTrust | undefined;
  const trustBytes = trustPath === undefined
    ? undefined
    : take(trustPath, "trust file", "PLUGIN_TRUST_INVALID");
  if (trustBytes !== undefined) {
    const parsed = await parseTrust(trustBytes);
    if (parsed.ok) trust = parsed.trust;
    else problems.push(...parsed.problems);
    if (trust !== undefined) {
      checkSerial("trust file", seen.trust, trust.serial);
    }
  }
  let lock: PluginsLock | undefined;
  const lockBytes = lockPath === undefined
    ? undefined
    : take(lockPath, "lock", "PLUGIN_LOCK_INVALID");
  if (lockPath !== undefined && lockBytes !== undefined) {
    const parsed = parseLock(lockBytes);
    if (parsed.ok) lock = parsed.lock;
    else problems.push(...parsed.problems);
    if (lock !== undefined) checkSerial("lock", seen.lock, lock.serial);
    if (lock !== undefined && trust !== undefined) {
      problems.push(
        ...await checkLockSignature(lockPath, lockBytes, lock, trust, options),
      );
    }
  }
  if (problems.length > 0) return { ok: false, problems };
  const isNeeded = options.withModules === true ||
    (lock !== undefined && bringsModules(lock));
  const denoLock = lockPath === undefined || !isNeeded
    ? undefined
    : readDenoLock(lockPath, options);
  return {
    ok: true,
    ...lock === undefined ? {} : { lock },
    ...trust === undefined ? {} : { trust },
    ...denoLock === undefined ? {} : { denoLock },
  };
}

/** The files of a plugin, and the proof of who published them. */
interface FilesOfPlugin {
  readonly reading: TreeReading;
  readonly sums: Uint8Array<ArrayBuffer> | undefined;
  readonly signature: string | undefined;
  readonly manifest: Uint8Array | undefined;
}

async function readFiles(
  directory: string,
  manifestFile: string,
  expected: Readonly<Record<string, string>>,
  taken: FactsOptions["onFile"],
): Promise<FilesOfPlugin> {
  let sums: Uint8Array<ArrayBuffer> | undefined;
  let signature: string | undefined;
  let manifest: Uint8Array | undefined;
  const reading = await readTree(directory, {
    expected,
    onFile(path, bytes) {
      if (path === manifestFile) manifest = bytes;
      if (path === SUMS_FILE) sums = new Uint8Array(bytes);
      if (path === SUMS_SIGNATURE_FILE) {
        signature = new TextDecoder().decode(bytes);
      }
      taken?.(path, bytes);
    },
  });
  return { reading, sums, signature, manifest };
}

/** Verifies what a plugin ships; `undefined` if it ships no signature. */
async function verifyShipped(
  id: string,
  { reading, sums, signature }: FilesOfPlugin,
  trust: PluginsTrust | undefined,
  now: number,
): Promise<SignatureVerdict | undefined> {
  if (!reading.ok || signature === undefined) return undefined;
  if (sums === undefined) {
    return { verdict: "wrong", reason: `${SUMS_FILE} is missing` };
  }
  return await verifySums({ tree: reading.tree, sums, signature }, {
    signers: trust === undefined ? [] : trustedSigners(trust, { plugin: id }),
    revoked: Object.keys(trust?.revoked.keys ?? {}),
    now,
  });
}

/** Makes sure that the manifest which was judged is the one that was hashed. */
function withJudgedManifest(
  { code }: ReadPlugin,
  { reading, manifest }: FilesOfPlugin,
): TreeReading {
  const judged = code.kind === "module" ? code.judged : undefined;
  if (!reading.ok || judged === undefined) return reading;
  if (manifest !== undefined && haveSameBytes(manifest, judged.bytes)) {
    return reading;
  }
  const path = fileName(judged.place);
  const fault = "changed while the plugin was read";
  const remedy = "Load the plugin again, when nobody changes its files";
  return { ok: false, reason: "unfit", faults: [{ path, fault, remedy }] };
}

/** Lists what the code of a plugin imports from packages and servers. */
function importsOf({ code, directory }: ReadPlugin): readonly string[] {
  if (code.kind === "object") return [];
  if (directory === undefined) return [code.specifier];
  const entry = fromFileUrl(new URL(code.specifier));
  return [...readCodeFiles(entry, directory).others]
    .filter((name) => /^(?:npm:|jsr:|https?:\/\/)/.test(name)).sort();
}

export interface FactsOptions {
  readonly lock?: PluginsLock | undefined;
  readonly trust?: PluginsTrust | undefined;
  readonly denoLock?: string | undefined;
  /** The time, in milliseconds since 1970. */
  readonly now: number;
  /** True to compute the modules of a plugin that the lock names none of. */
  readonly withModules?: boolean;
  /** Gets the bytes of each file that was hashed. Must not throw. */
  readonly onFile?: ((path: string, bytes: Uint8Array) => void) | undefined;
}

/**
 * Reads everything that the trust in a plugin depends on. Needs `read` permission
 * for its directory. Never rejects because of the plugin.
 */
export async function readFacts(
  plugin: ReadPlugin,
  { lock, trust, denoLock, now, onFile, withModules = false }: FactsOptions,
): Promise<TrustFacts> {
  const { source, origin, manifest, directory, code } = plugin;
  const { id, version, permissions, optionalPermissions } = manifest;
  const facts: TrustFacts = {
    id,
    source,
    origin,
    version,
    permissions,
    optionalPermissions,
  };
  if (origin === "builtin" || code.kind === "object") return facts;
  const locked = lock !== undefined && Object.hasOwn(lock.plugins, id)
    ? lock.plugins[id]
    : undefined;
  const isBringing = directory === undefined ||
    Object.keys(locked?.dependencies ?? {}).length > 0;
  const { modules: dependencies, missing: unpinned } =
    withModules || (locked !== undefined && isBringing)
      ? broughtModules(denoLock ?? "", importsOf(plugin))
      : { modules: undefined, missing: undefined };
  const brought = dependencies === undefined ? {} : { dependencies, unpinned };
  if (directory === undefined) {
    const { resolved, judged, specifier } = code;
    return {
      ...facts,
      ...brought,
      resolved: resolved?.specifier ?? specifier,
      ...judged === undefined
        ? {}
        : { manifest: await sha256(new Uint8Array(judged.bytes)) },
    };
  }
  const expected = locked !== undefined && "files" in locked
    ? locked.files
    : {};
  const files = await readFiles(
    directory,
    fileName(code.judged?.place ?? MANIFEST_FILE),
    expected,
    onFile,
  );
  const signature = await verifyShipped(id, files, trust, now);
  return {
    ...facts,
    ...brought,
    reading: withJudgedManifest(plugin, files),
    ...signature === undefined ? {} : { signature },
  };
}
