/**
 * Verified sources: what a plugin consists of, the lock that pins it, signatures,
 * and whom an operator trusts, as functions.
 *
 * @example The digest of a plugin
 * ```ts
 * import { readTree } from "@semantik/plugins/provenance";
 * import { assert } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${directory}/plugin.json`, "{}\n");
 * const reading = await readTree(directory);
 *
 * assert(reading.ok);
 * assert(/^[0-9a-f]{64}$/.test(reading.tree.digest));
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */

import "../base/require_deno.ts";

export type { PluginErrorCode, Problem } from "../base/errors.ts";
export type {
  PermissionDeclaration,
  PermissionEntry,
  PermissionKind,
} from "../permissions/permission_set.ts";
export type { PluginTrust, TrustLevel } from "../manifest/manifest.ts";
export {
  addedPermissions,
  type DeclaredPermissions,
} from "./added_permissions.ts";
export {
  type AllowedSigner,
  type AllowedSigners,
  parseAllowedSigners,
  type SignatureVerdict,
  type SignersFault,
  sshFingerprint,
  verifySsh,
  type VerifySshOptions,
} from "./allowed_signers.ts";
export { signSsh } from "./ssh_signature.ts";
export { type BroughtModules, broughtModules } from "./deno_lock.ts";
export { formatTrust } from "./format_trust.ts";
export {
  formatLock,
  type LockedDirectory,
  type LockedPackage,
  type LockedPlugin,
  type LockedPublisher,
  type LockedReview,
  type LockResult,
  parseLock,
  type PluginsLock,
} from "./lock.ts";
export {
  readTree,
  type ReadTreeOptions,
  treeDigest,
  type TreeReading,
} from "./read_tree.ts";
export {
  formatSums,
  LOCK_NAMESPACE,
  parseSums,
  PLUGIN_NAMESPACE,
  type SignedSums,
  SUMS_FILE,
  SUMS_SIGNATURE_FILE,
  type SumsResult,
  verifySums,
} from "./sums.ts";
export {
  parseTrust,
  type PluginsTrust,
  type Publisher,
  type TrustedKey,
  trustedSigners,
  type TrustPolicy,
  type TrustResult,
  type TrustRule,
} from "./trust.ts";
export {
  type TrustContext,
  type TrustFacts,
  trustOf,
  trustPolicy,
  trustProblems,
} from "./trust_of.ts";
export {
  type UpdateConcern,
  updateConcerns,
  type UpdateSide,
} from "./update_concerns.ts";
export { type StoredTree, TreeStore } from "./tree_store.ts";
export {
  makeTree,
  sha256,
  type Tree,
  type TreeEntry,
  type TreeFault,
  treeFaults,
} from "./tree.ts";
export {
  type PluginFacts,
  serialProblem,
  verifyAgainstLock,
} from "./verify_lock.ts";
