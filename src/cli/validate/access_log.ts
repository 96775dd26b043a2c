import { z } from "zod";
import {
  isPermissionKind,
  type PermissionEntry,
  type PermissionSet,
} from "../../permissions/permission_set.ts";
import { permissionKey } from "../../permissions/permission_states.ts";

/** One use of a permission, granted or not. */
export interface Access {
  readonly entry: PermissionEntry;
  /** The place in the plugin, e.g. `mod.ts:3`, if known. */
  readonly place: string | undefined;
}

/** The URLs that the modules of a plugin and of this package begin with. */
export interface CodeUrls {
  readonly plugin: string;
  readonly library: string;
}

const lineSchema = z.object({
  permission: z.string(),
  value: z.string().nullish(),
  stack: z.array(z.string()).default([]),
});

const LOCATION_REGEXP = /((?:file|https?):\/\/[^\s()]+):(\d+):\d+\)?$/;
// A function may have any name of any length.
const MAX_LOCATION = 4_096;
const URL_REGEXP = /^https?:\/\//;

function parseLine(line: string): z.infer<typeof lineSchema> | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    // A killed process may leave an incomplete line.
    return undefined;
  }
}

/** Returns `undefined` for an access by this package itself. */
function findPlace(
  stack: readonly string[],
  { plugin, library }: CodeUrls,
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
 * Removes the lines that Deno adds. If `read` is granted as a whole, Deno logs a
 * `write` for each `read` of a path, and vice versa. A real `write` has one more.
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
 * Reads a log of `DENO_AUDIT_PERMISSIONS`, and returns each access of the plugin
 * once. An access without a known place counts as the plugin's: it may come from
 * a package. Deno does not log the accesses of programs.
 */
export function readAccessLog(
  text: string,
  urls: CodeUrls,
  granted: PermissionSet = {},
): readonly Access[] {
  const found = new Map<string, Access>();
  for (const { entry, stack } of linesOfAccesses(text, granted)) {
    const owner = findPlace(stack, urls);
    if (owner === undefined) continue;
    const key = permissionKey(entry);
    const known = found.get(key);
    // Prefer an access with a known place.
    if (known === undefined || known.place === undefined) {
      found.set(key, { entry, place: owner.place });
    }
  }
  return [...found.values()];
}
