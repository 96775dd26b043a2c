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
    const [, url, line] = LOCATION_REGEXP.exec(frame) ?? [];
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

/**
 * Reads what was used, each thing once.
 *
 * What nobody can be named for counts as the plugin's: it may be a package that
 * it brought in. Programs are not in what Deno writes.
 *
 * @param text The lines.
 * @param places Whose code is whose.
 * @returns What the plugin used, or tried to use.
 */
export function readAccessLog(
  text: string,
  places: CodePlaces,
): readonly Access[] {
  const found = new Map<string, Access>();
  for (const line of text.split("\n")) {
    const parsed = parseLine(line);
    const entry = parsed && entryOf(parsed.permission, parsed.value);
    const owner = parsed && findPlace(parsed.stack, places);
    if (entry === undefined || owner === undefined) continue;
    const key = permissionKey(entry);
    const known = found.get(key);
    // The place says more than none.
    if (known === undefined || known.place === undefined) {
      found.set(key, { entry, place: owner.place });
    }
  }
  return [...found.values()];
}
