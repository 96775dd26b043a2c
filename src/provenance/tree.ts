/** The files of a plugin by their digests, and the digest of all. Pure. */

import { quote, UNSAFE_CHARACTERS } from "../base/text.ts";

/** The files of a plugin, by what they contain. */
export interface Tree {
  /**
   * The SHA-256 of the lines `path`, NUL, `digest`, line feed, sorted by the
   * bytes of the paths.
   */
  readonly digest: string;
  /** The SHA-256 of each file in hexadecimal, by its path, in the order of the paths. */
  readonly files: Readonly<Record<string, string>>;
}

/** A reason why a directory cannot be a plugin that is verified. */
export interface TreeFault {
  /** The path in the directory; `""` for all of it. */
  readonly path: string;
  /** The reason, which completes a sentence that names the path. */
  readonly fault: string;
  /** The way to solve it. */
  readonly remedy: string;
}

/** Something in a directory. */
export interface TreeEntry {
  /** The path in the directory, with `/` between its names. */
  readonly path: string;
  /** `other`: a pipe, a socket or a device. */
  readonly kind: "file" | "directory" | "link" | "other";
  /** The number of bytes of a file. */
  readonly size?: number;
}

/** The most files that a plugin may have. */
export const MAX_TREE_FILES = 10_000;

/** The most bytes that a file may have: all of them are in memory at once. */
export const MAX_TREE_FILE_BYTES = 134_217_728;

/** The most bytes that all files may have. */
export const MAX_TREE_BYTES = 1_073_741_824;

/** The most UTF-16 code units that a path may have. */
export const MAX_TREE_PATH_LENGTH = 1_024;

/** A SHA-256 in hexadecimal. */
export const DIGEST_REGEXP = /^[0-9a-f]{64}$/;

/** Returns the SHA-256 of bytes in hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Compares texts as `LC_ALL=C sort` does: by their bytes in UTF-8. */
export function compareBytes(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let index = 0; index < length; index++) {
    const [a, b] = [one.charCodeAt(index), other.charCodeAt(index)];
    if (a === b) continue;
    // Surrogates stand for characters above all that have one code unit.
    const [isHigh, isOtherHigh] = [a, b].map((unit) =>
      unit >= 0xd800 && unit <= 0xdfff
    );
    if (isHigh === isOtherHigh) return a - b;
    return isHigh ? 1 : -1;
  }
  return one.length - other.length;
}

/** Sorts the files of a tree by their paths, and freezes them. */
export function sortFiles(
  files: Iterable<readonly [path: string, digest: string]>,
): Readonly<Record<string, string>> {
  return Object.freeze(Object.fromEntries(
    [...files].sort(([one], [other]) => compareBytes(one, other)),
  ));
}

/**
 * Makes the tree of files, each with its SHA-256.
 *
 * @example The digest that a shell computes as well
 * ```ts
 * import { makeTree, sha256 } from "@semantik/plugins/provenance";
 * import { assertEquals } from "@std/assert";
 *
 * const digest = await sha256(new TextEncoder().encode("export default {};\n"));
 * const tree = await makeTree([["mod.ts", digest]]);
 *
 * const lines = new TextEncoder().encode(`mod.ts\0${digest}\n`);
 * assertEquals(tree.digest, await sha256(lines));
 * ```
 *
 * @param files The paths and digests, in any order.
 * @returns The tree; frozen.
 */
export async function makeTree(
  files: Iterable<readonly [path: string, digest: string]>,
): Promise<Tree> {
  const sorted = sortFiles(files);
  // An object lists names that are numbers first.
  const lines = Object.entries(sorted)
    .sort(([one], [other]) => compareBytes(one, other))
    .map(([path, digest]) => `${path}\0${digest}\n`);
  const digest = await sha256(new TextEncoder().encode(lines.join("")));
  return Object.freeze({ digest, files: sorted });
}

const UNSAFE_REGEXP = new RegExp(`[${UNSAFE_CHARACTERS}\ufffd]`, "u");

interface NameRule {
  readonly isBroken: (name: string) => boolean;
  readonly fault: string;
  readonly remedy: string;
}

const RENAME = "Rename it";

// Each of these names is another name on some system, or looks like one.
const NAME_RULES: readonly NameRule[] = [
  {
    isBroken: (name) => name === "" || name === "." || name === "..",
    fault: "is not a path of a file inside the plugin",
    remedy: "Write paths with one / between names, without . and ..",
  },
  {
    isBroken: (name) => name === "__proto__",
    fault: "has a name that would change other objects",
    remedy: RENAME,
  },
  {
    isBroken: (name) => name.includes("\\"),
    fault: "has a backslash in its name, which separates names on Windows",
    remedy: RENAME,
  },
  {
    isBroken: (name) => UNSAFE_REGEXP.test(name),
    fault:
      "has a character in its name that is invisible, controls a terminal, or " +
      "is not UTF-8",
    remedy: RENAME,
  },
  {
    isBroken: (name) => name.normalize("NFC") !== name,
    fault: "has a name that is not in Unicode's normal form C",
    remedy: "Rename it: macOS and other systems would name two files alike",
  },
  {
    isBroken: (name) => /[:. ]$|:/.test(name),
    fault:
      "has a colon in its name, or a dot or space at its end, which Windows " +
      "reads as another name",
    remedy: RENAME,
  },
];

/** Returns the reason why a path cannot be one of a plugin's files, if there is one. */
export function pathFault(path: string): TreeFault | undefined {
  if (path.length > MAX_TREE_PATH_LENGTH) {
    return {
      path,
      fault: `has a path of more than ${MAX_TREE_PATH_LENGTH} characters`,
      remedy: "Shorten its name, or those of the directories above it",
    };
  }
  for (const name of path.split("/")) {
    const rule = NAME_RULES.find(({ isBroken }) => isBroken(name));
    if (rule === undefined) continue;
    return { path, fault: rule.fault, remedy: rule.remedy };
  }
  return undefined;
}

/** Returns the name that equal ones share on a system that ignores case. */
function foldName(path: string): string {
  return path.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
}

/** Files that nobody meant to be in a plugin, and their origin. */
const STRAY_NAMES: ReadonlyMap<string, string> = new Map([
  [".ds_store", "is a file that the Finder of macOS makes"],
  ["thumbs.db", "is a file that the Explorer of Windows makes"],
  ["desktop.ini", "is a file that the Explorer of Windows makes"],
  [".git", "belongs to git"],
  ["node_modules", "holds packages that npm installed"],
]);

/** Returns the reason why an entry must not be a part of any plugin, by its name. */
export function strayFault(path: string): TreeFault | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const fault = STRAY_NAMES.get(name.toLowerCase()) ??
    (name.startsWith("._")
      ? "is a file that macOS makes on foreign disks"
      : undefined);
  if (fault === undefined) return undefined;
  const remedy = name === ".git"
    ? "Remove it, or use a directory without it: git archive HEAD makes one"
    : name === "node_modules"
    ? "Remove it, and import packages by npm: specifiers"
    : "Remove it";
  return { path, fault, remedy };
}

function kindFault({ path, kind, size = 0 }: TreeEntry): TreeFault | undefined {
  if (kind === "link") {
    return {
      path,
      fault: "is a link, which may lead to another file tomorrow",
      remedy: "Replace it by a copy of what it leads to",
    };
  }
  if (kind === "other") {
    return {
      path,
      fault: "is neither a file nor a directory",
      remedy: "Remove it",
    };
  }
  return kind === "file" && size > MAX_TREE_FILE_BYTES
    ? {
      path,
      fault: `has more than ${MAX_TREE_FILE_BYTES} bytes`,
      remedy: "Keep large data outside the plugin, e.g. in $DATA",
    }
    : undefined;
}

/** Returns what an entry by itself breaks. */
export function entryFault(entry: TreeEntry): TreeFault | undefined {
  return strayFault(entry.path) ?? kindFault(entry) ?? pathFault(entry.path);
}

/** Finds entries that one directory cannot hold on every system. */
function collisions(paths: Iterable<string>): readonly TreeFault[] {
  const holders = new Map<string, string>();
  const faults: TreeFault[] = [];
  for (const path of paths) {
    let end = path.indexOf("/");
    // A directory collides once, and not with each of its files.
    for (;;) {
      const part = end === -1 ? path : path.slice(0, end);
      const folded = foldName(part);
      const holder = holders.get(folded);
      if (holder === undefined) holders.set(folded, part);
      else if (holder !== part) {
        faults.push({
          path: part,
          fault: `has the name of ${
            quote(holder)
          } on a system that ignores case or the form of characters`,
          remedy: "Rename one of the two",
        });
        break;
      }
      if (end === -1) break;
      end = path.indexOf("/", end + 1);
    }
  }
  return faults;
}

/** Returns the fault of more bytes than a plugin may have. */
export function sizeFault(bytes: number): TreeFault | undefined {
  return bytes <= MAX_TREE_BYTES ? undefined : {
    path: "",
    fault: `has more than ${MAX_TREE_BYTES} bytes`,
    remedy: "Keep large data outside the plugin, e.g. in $DATA",
  };
}

/** The most faults that are listed. */
const MAX_FAULTS = 100;

/**
 * Finds what makes the entries of a directory unfit for verification: links and
 * special files, names that are not the same on every system, files that systems
 * leave behind, and too much of anything.
 *
 * @param entries All that the directory holds, at every depth.
 * @returns The faults, in the order of the entries; at most 100.
 */
export function treeFaults(
  entries: readonly TreeEntry[],
): readonly TreeFault[] {
  const files = entries.filter(({ kind }) => kind === "file");
  const bytes = files.reduce((sum, { size = 0 }) => sum + size, 0);
  const faults = [
    ...entries.map(entryFault).filter((fault) => fault !== undefined),
    ...collisions(entries.map(({ path }) => path)),
  ];
  if (files.length > MAX_TREE_FILES) {
    faults.push({
      path: "",
      fault: `has more than ${MAX_TREE_FILES} files`,
      remedy: "Publish only what the plugin needs",
    });
  }
  const tooLarge = sizeFault(bytes);
  if (tooLarge !== undefined) faults.push(tooLarge);
  return Object.freeze(faults.slice(0, MAX_FAULTS));
}
