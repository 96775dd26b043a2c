/** The digests that an author ships and signs: `plugin.sums`. Pure except for WebCrypto. */

import { quote } from "../base/text.ts";
import {
  type AllowedSigner,
  type SignatureVerdict,
  verifySsh,
} from "./allowed_signers.ts";
import { compareBytes, pathFault, sortFiles, type Tree } from "./tree.ts";

/** The file with the digests of all others, in the format of `sha256sum`. */
export const SUMS_FILE = "plugin.sums";

/** The signature of {@linkcode SUMS_FILE}, as `ssh-keygen -Y sign` writes it. */
export const SUMS_SIGNATURE_FILE = "plugin.sums.sig";

/** The purpose of the signature of an author. */
export const PLUGIN_NAMESPACE = "semantik-plugin";

/** The purpose of the signature of an operator under a lock. */
export const LOCK_NAMESPACE = "semantik-plugins-lock";

/** The result of parsing a `plugin.sums`. */
export type SumsResult =
  | {
    /** The text is valid. */
    readonly ok: true;
    /** The SHA-256 of each file, by its path. */
    readonly files: Readonly<Record<string, string>>;
  }
  | {
    /** The text is invalid. */
    readonly ok: false;
    /** The line, from 1. */
    readonly line: number;
    /** The reason, which completes a sentence about the line. */
    readonly fault: string;
  };

/** Removes the files that cannot hold their own digests. */
function withoutSums(
  files: Readonly<Record<string, string>>,
): readonly (readonly [path: string, digest: string])[] {
  return Object.entries(files)
    .filter(([path]) => path !== SUMS_FILE && path !== SUMS_SIGNATURE_FILE)
    .sort(([one], [other]) => compareBytes(one, other));
}

/**
 * Writes the `plugin.sums` of a plugin: the digest of each file, except itself
 * and its signature. In the plugin's directory `sha256sum -c plugin.sums` checks
 * it. It names neither the id nor the version: the manifest does, which it lists.
 *
 * @example The sums of one file
 * ```ts
 * import { formatSums, makeTree, sha256 } from "@semantik/plugins/provenance";
 * import { assertEquals } from "@std/assert";
 *
 * const digest = await sha256(new TextEncoder().encode("{}\n"));
 * const tree = await makeTree([["plugin.json", digest]]);
 *
 * assertEquals(formatSums(tree), `${digest}  plugin.json\n`);
 * ```
 *
 * @param tree The files of the plugin.
 * @returns The text.
 */
export function formatSums({ files }: Tree): string {
  return withoutSums(files).map(([path, digest]) => `${digest}  ${path}\n`)
    .join("");
}

/**
 * Parses a `plugin.sums`.
 *
 * @example A line with a fault
 * ```ts
 * import { parseSums } from "@semantik/plugins/provenance";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseSums(`${"a".repeat(64)} plugin.json\n`), {
 *   ok: false,
 *   line: 1,
 *   fault: "is not a SHA-256, two spaces and a path",
 * });
 * ```
 *
 * @param text The text.
 * @returns The digests, or the first fault.
 */
export function parseSums(text: string): SumsResult {
  const lines = text.split("\n");
  const files = new Map<string, string>();
  const fail = (line: number, fault: string): SumsResult => ({
    ok: false,
    line,
    fault,
  });
  if (lines.pop() !== "") return fail(lines.length + 1, "has no line feed");
  for (const [index, line] of lines.entries()) {
    const number = index + 1;
    if (line.endsWith("\r")) {
      return fail(number, "has the line ending of Windows");
    }
    const [, digest, path] = /^([0-9a-f]{64}) {2}([^]+)$/.exec(line) ?? [];
    if (digest === undefined || path === undefined) {
      return fail(number, "is not a SHA-256, two spaces and a path");
    }
    const fault = pathFault(path);
    if (fault !== undefined) return fail(number, fault.fault);
    if (files.has(path)) return fail(number, "names a file again");
    files.set(path, digest);
  }
  return { ok: true, files: sortFiles(files) };
}

/** The proof that a plugin ships of who published it. */
export interface SignedSums {
  /** The files of the plugin. */
  readonly tree: Tree;
  /** The bytes of its `plugin.sums`. */
  readonly sums: Uint8Array<ArrayBuffer>;
  /** The text of its `plugin.sums.sig`. */
  readonly signature: string;
}

/** Returns why the sums are not those of a tree. */
function sumsFault(sums: Uint8Array, { files }: Tree): string | undefined {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      sums,
    );
  } catch {
    return `${SUMS_FILE} is not text in UTF-8`;
  }
  const parsed = parseSums(text);
  if (!parsed.ok) {
    return `line ${parsed.line} of ${SUMS_FILE} ${parsed.fault}`;
  }
  const signed = parsed.files;
  const found = withoutSums(files);
  for (const [path, digest] of found) {
    const expected = Object.hasOwn(signed, path) ? signed[path] : undefined;
    if (expected === digest) continue;
    return expected === undefined
      ? `${quote(path)} is not in ${SUMS_FILE}`
      : `${
        quote(path)
      } has the SHA-256 ${digest}, and ${SUMS_FILE} has ${expected}`;
  }
  const lost = Object.keys(signed).find((path) => !Object.hasOwn(files, path));
  return lost === undefined ? undefined : `${quote(lost)} is missing`;
}

/**
 * Verifies what an author shipped: that `plugin.sums` lists exactly the files of
 * the plugin, and that somebody whose key counts signed it.
 *
 * @example A plugin with a file that its author did not sign
 * ```ts
 * import { makeTree, sha256, verifySums } from "@semantik/plugins/provenance";
 * import { assertEquals } from "@std/assert";
 *
 * const digest = await sha256(new TextEncoder().encode("evil"));
 * const verdict = await verifySums(
 *   {
 *     tree: await makeTree([["evil.ts", digest]]),
 *     sums: new TextEncoder().encode(""),
 *     signature: "",
 *   },
 *   { signers: [], now: Date.now() },
 * );
 *
 * assertEquals(verdict, {
 *   verdict: "wrong",
 *   reason: '"evil.ts" is not in plugin.sums',
 * });
 * ```
 *
 * @param shipped The files, the sums and the signature.
 * @param options Whose keys count, and when.
 * @returns The verdict on the signature, or `wrong` if the sums do not match.
 */
export async function verifySums(
  { tree, sums, signature }: SignedSums,
  { signers, revoked = [], now }: {
    /** The signers whose keys count. */
    readonly signers: readonly AllowedSigner[];
    /**
     * The fingerprints of revoked keys.
     *
     * @default {[]}
     */
    readonly revoked?: readonly string[];
    /** The time, in milliseconds since 1970. */
    readonly now: number;
  },
): Promise<SignatureVerdict> {
  const reason = sumsFault(sums, tree);
  if (reason !== undefined) return { verdict: "wrong", reason };
  const namespace = PLUGIN_NAMESPACE;
  return await verifySsh(signature, sums, { namespace, signers, revoked, now });
}
