/**
 * What a process did with permissions, as `DENO_AUDIT_PERMISSIONS` wrote it.
 * Pure.
 *
 * @module
 */

import { z } from "zod";
import {
  isPermissionKind,
  type PermissionEntry,
  type PermissionSet,
} from "../../permissions/permission_set.ts";
import { permissionKey } from "../../permissions/permission_states.ts";

/** One use of a permission, or one try. */
export interface Access {
  /** What was used, as Deno shows it. */
  readonly entry: PermissionEntry;
  /** Where in the plugin, e.g. `mod.ts:3`, where that is known. */
  readonly place: string | undefined;
}

/** Whose code is whose in a process. */
export interface CodePlaces {
  /** The URL that the modules of the plugin begin with. */
  readonly plugin: string;
  /** The URL that the modules of this package begin with. */
  readonly library: string;
}

const lineSchema = z.object({
  permission: z.string(),
  value: z.string().nullish(),
  stack: z.array(z.string()).default([]),
});

const LOCATION_REGEXP = /((?:file|https?):\/\/[^\s()]+):(\d+):\d+\)?$/;
// A function may bear any name, and a name any text.
const MAX_LOCATION = 4_096;
const URL_REGEXP = /^https?:\/\//;

function parseLine(line: string): z.infer<typeof lineSchema> | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    // The last line of a process that was killed.
    return undefined;
  }
}

/** `undefined` where the access was this package's own. */
function findPlace(
  stack: readonly string[],
  { plugin, library }: CodePlaces,
): { readonly place: string | undefined } | undefined {
  const frames = stack.flatMap((frame) => {
    const end = frame.slice(-MAX_LOCATION);
    const [, url, line] = LOCATION_REGEXP.exec(end) ?? [];
    return url === undefined ? [] : [{ url, line }];
  });
  const own = frames.find(({ url }) => url.startsWith(plugin));
  if (own !== undefined) {
    return { place: `${own.url.slice(plugin.length)}:${own.line}` };
  }
  return frames.some(({ url }) => url.startsWith(library))
    ? undefined
    : { place: undefined };
}

function entryOf(
  permission: string,
  value: string | null | undefined,
): PermissionEntry | undefined {
  if (!isPermissionKind(permission)) return undefined;
  if (value === null || value === undefined) return { kind: permission };
  if (permission === "net" && URL_REGEXP.test(value)) {
    const url = URL.parse(value);
    const port = url?.port || (url?.protocol === "http:" ? "80" : "443");
    return { kind: "net", value: url ? `${url.hostname}:${port}` : value };
  }
  return { kind: permission, value };
}

/** A line that was understood. */
interface Line {
  readonly entry: PermissionEntry;
  readonly stack: readonly string[];
}

function readLines(text: string): readonly Line[] {
  return text.split("\n").flatMap((line) => {
    const parsed = parseLine(line);
    const entry = parsed && entryOf(parsed.permission, parsed.value);
    return parsed === undefined || entry === undefined
      ? []
      : [{ entry, stack: parsed.stack }];
  });
}

/**
 * Takes out the lines that stand for no access. Where `read` is granted whole,
 * Deno writes a `write` line beside each `read` line of a path, and the reverse.
 * What really is a `write` has one more of them.
 */
function withoutMirrors(
  lines: readonly Line[],
  kind: "read" | "write",
): readonly Line[] {
  const mirror = kind === "read" ? "write" : "read";
  const keyOf = ({ entry: { value }, stack }: Line) =>
    JSON.stringify([value, stack]);
  const expected = new Map<string, number>();
  for (const line of lines) {
    if (line.entry.kind !== kind || line.entry.value === undefined) continue;
    const key = keyOf(line);
    expected.set(key, (expected.get(key) ?? 0) + 1);
  }
  return lines.filter((line) => {
    if (line.entry.kind !== mirror) return true;
    const key = keyOf(line);
    const count = expected.get(key) ?? 0;
    expected.set(key, count - 1);
    return count <= 0;
  });
}

function linesOfAccesses(
  text: string,
  { read, write }: PermissionSet,
): readonly Line[] {
  const lines = readLines(text);
  if (read === true && write !== true) return withoutMirrors(lines, "read");
  if (write === true && read !== true) return withoutMirrors(lines, "write");
  return lines;
}

/**
 * Reads what was used, each thing once.
 *
 * What nobody can be named for counts as the plugin's: it may be a package that
 * it brought in. Programs are not in what Deno writes.
 *
 * @param text The lines.
 * @param places Whose code is whose.
 * @param granted What the flags of the process granted.
 * @returns What the plugin used, or tried to use.
 */
export function readAccessLog(
  text: string,
  places: CodePlaces,
  granted: PermissionSet = {},
): readonly Access[] {
  const found = new Map<string, Access>();
  for (const { entry, stack } of linesOfAccesses(text, granted)) {
    const owner = findPlace(stack, places);
    if (owner === undefined) continue;
    const key = permissionKey(entry);
    const known = found.get(key);
    // The place says more than none.
    if (known === undefined || known.place === undefined) {
      found.set(key, { entry, place: owner.place });
    }
  }
  return [...found.values()];
}
