/** Collects what a plugin in a process of its own accesses. */

import { isAbsolutePath, toFileHref } from "../../base/path.ts";
import {
  attribute,
  type Attribution,
  type CodeUrls,
} from "../../evidence/attribution.ts";
import { type AuditLine, parseAuditLine } from "../../evidence/audit_line.ts";
import type { Access } from "../../evidence/use.ts";
import type {
  PermissionEntry,
  PermissionSet,
} from "../../permissions/permission_set.ts";

const MAX_ACCESSES = 20_000;

/**
 * Removes the lines that Deno adds. If `read` is granted as a whole, Deno logs a
 * `write` for each `read` of a path, and vice versa. A real `write` has one more.
 */
function withoutMirrors(
  lines: readonly AuditLine[],
  { read, write }: PermissionSet,
): readonly AuditLine[] {
  if ((read === true) === (write === true)) return lines;
  const kind = read === true ? "read" : "write";
  const mirror = read === true ? "write" : "read";
  const keyOf = ({ entry: { value }, stack }: AuditLine) =>
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

/** Collects the accesses of a plugin in a process of its own, each once. */
export class AccessCollector {
  readonly #urls: CodeUrls;
  readonly #found = new Map<string, Access>();

  constructor(urls: CodeUrls) {
    this.#urls = urls;
  }

  get all(): readonly Access[] {
    return [...this.#found.values()];
  }

  add(
    entry: PermissionEntry,
    { owner, operation }: Attribution,
    isAllowed: boolean,
  ): void {
    if (owner.kind === "library" || owner.kind === "application") return;
    // The host loads the modules of plugins.
    if (operation === "load" && this.#isCode(entry)) return;
    const place = owner.kind === "plugin" ? owner.place : undefined;
    const { kind, value } = entry;
    const key = JSON.stringify([kind, value, operation]);
    const known = this.#found.get(key);
    if (known === undefined && this.#found.size >= MAX_ACCESSES) return;
    this.#found.set(key, {
      entry,
      operation,
      // Prefer an access with a known place.
      place: known?.place ?? place,
      isAllowed: isAllowed || known?.isAllowed === true,
    });
  }

  #isCode({ value }: PermissionEntry): boolean {
    if (value === undefined || !isAbsolutePath(value)) return false;
    const { plugin, library, others = [] } = this.#urls;
    const href = toFileHref(value);
    return [plugin, library, ...others].some((url) =>
      url !== "" && (href.startsWith(url) || `${href}/` === url)
    );
  }

  /**
   * Adds the lines of a log of Deno, which does not say what was allowed, and of
   * programs nothing.
   */
  addLog(text: string, granted: PermissionSet): void {
    const lines = text.split("\n").flatMap((line) =>
      parseAuditLine(line) ?? []
    );
    for (const { entry, stack } of withoutMirrors(lines, granted)) {
      this.add(entry, attribute(entry.kind, stack, this.#urls), true);
    }
  }
}
