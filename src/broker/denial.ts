/** Words the denial of a check: the message of the error in the plugin. Pure. */

import { quote } from "../base/text.ts";
import {
  formatEntry,
  type PermissionEntry,
} from "../permissions/permission_set.ts";

/** The reason why a check is denied. */
export type DenialCause =
  | {
    readonly kind:
      /** The manifest does not declare it. */
      | "undeclared"
      /** It is declared, and nobody granted it. */
      | "refused"
      | "revoked"
      /** The program asks for all of a kind. */
      | "whole"
      /** A path that is not absolute. */
      | "relative"
      /** A program by its name alone. */
      | "name"
      /** A link that leads to what was not granted. */
      | "leads"
      /** Writing would change a program, or undo a revocation. */
      | "guarded"
      | "long"
      /** A kind of permission that this package does not know. */
      | "unknown";
  }
  | { readonly kind: "dots"; readonly normal: string }
  | { readonly kind: "unplaced"; readonly fault: string }
  /** A host in a form that cannot be compared with what was revoked. */
  | { readonly kind: "form"; readonly fault: string; readonly remedy: string };

function manifestLine({ kind, value }: PermissionEntry): string {
  return value === undefined
    ? `"${kind}": true`
    : `"${kind}": [${quote(value)}]`;
}

function grantCall(id: string, { kind, value }: PermissionEntry): string {
  const list = value === undefined ? "true" : `[${quote(value)}]`;
  return `host.grant("${id}", { ${kind}: ${list} })`;
}

function explain(
  id: string,
  entry: PermissionEntry,
  cause: DenialCause,
  program: string | undefined,
): string {
  const { kind } = entry;
  switch (cause.kind) {
    case "undeclared":
      return `its manifest does not declare it; add ${
        manifestLine(entry)
      } to "permissions" in its plugin.json`;
    case "refused":
      return `its manifest declares it, but nobody granted it; the host can: ${
        grantCall(id, entry)
      }`;
    case "revoked":
      return `it was revoked; the host can grant it again: ${
        grantCall(id, entry)
      }`;
    case "whole":
      return kind === "write" || kind === "read"
        ? "symbolic links need all of read and write, which no list grants"
        : `that needs ${manifestLine({ kind })} in its plugin.json`;
    case "relative":
      return "a relative path depends on the working directory; use an " +
        "absolute path";
    case "dots":
      return `a path with ".." may lead elsewhere; use ${quote(cause.normal)}`;
    case "name":
      return "a name is looked up in directories that the plugin can choose; " +
        `use the absolute path${
          program === undefined ? "" : `, ${quote(program)}`
        }`;
    case "leads":
      return "it leads to a place that was not granted; declare that place in " +
        "its plugin.json";
    case "guarded":
      return "that could change a program that it may start, or undo a " +
        "revocation; write elsewhere";
    case "unplaced":
      return `${cause.fault}; start the host with read permission for it, or ` +
        "remove the link";
    case "form": {
      const [first = "", ...rest] = cause.remedy;
      return `it ${cause.fault}; ${first.toLowerCase()}${rest.join("")}`;
    }
    case "long":
      return "the value is too long";
    case "unknown":
      return "the host does not know this kind; use mode flags";
  }
}

/** Returns the reason, on one line and without control characters. */
export function denialOf(
  id: string,
  entry: PermissionEntry,
  cause: DenialCause,
  program: string | undefined,
): string {
  return `Plugin "${id}" has no permission ${formatEntry(entry)}: ${
    explain(id, entry, cause, program)
  }`;
}
