/** Takes from a `deno.lock` what a plugin brings. Pure: nothing is resolved again. */

import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
} from "../base/json.ts";
import { isSameRange } from "../manifest/version.ts";
import { sortFiles } from "./tree.ts";

/** The modules that a plugin brings, as a `deno.lock` pins them. */
export interface BroughtModules {
  /** The integrity of each package and each URL. */
  readonly modules: Readonly<Record<string, string>>;
  /** The imports that are not in the `deno.lock`, or that it does not pin. */
  readonly missing: readonly string[];
}

const PACKAGE_REGEXP =
  /^(?<registry>npm|jsr):\/?(?<name>(?:@[^/@]+\/)?[^/@]+)(?:@(?<range>[^/]*))?(?:\/.*)?$/;

/** Returns the key of a specifier in a `deno.lock`. */
function keyOf(specifier: string): string | undefined {
  const { registry, name, range } = PACKAGE_REGEXP.exec(specifier)?.groups ??
    {};
  return registry === undefined
    ? undefined
    : `${registry}:${name}@${range || "*"}`;
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Walks through the packages of a `deno.lock`, from imports to what they need. */
class LockWalk {
  readonly #specifiers: JsonObject;
  readonly #packages: Readonly<Record<"npm" | "jsr", JsonObject>>;
  readonly #remote: JsonObject;
  readonly #redirects: JsonObject;
  readonly modules = new Map<string, string>();
  readonly missing = new Set<string>();

  constructor(lock: JsonObject) {
    this.#specifiers = objectOf(lock.specifiers);
    this.#packages = { npm: objectOf(lock.npm), jsr: objectOf(lock.jsr) };
    this.#remote = objectOf(lock.remote);
    this.#redirects = objectOf(lock.redirects);
  }

  /** Returns the version that a specifier leads to. */
  versionOf(specifier: string): string | undefined {
    const version = own(
      this.#specifiers,
      this.#writtenAs(keyOf(specifier) ?? ""),
    );
    // npm adds the versions of peers.
    return textOf(version)?.replace(/_.*$/s, "");
  }

  follow(imports: readonly string[]): void {
    const waiting = [...new Set(imports)];
    const seen = new Set(waiting);
    for (const specifier of waiting) {
      for (const next of this.#take(specifier)) {
        if (!seen.has(next)) waiting.push(next);
        seen.add(next);
      }
    }
  }

  /** Takes one module, and returns what it needs. */
  #take(specifier: string): readonly string[] {
    const key = keyOf(specifier);
    if (key === undefined) return this.#takeUrl(specifier);
    const registry = key.startsWith("npm:") ? "npm" : "jsr";
    const name = key.slice(4, key.lastIndexOf("@"));
    const packages = this.#packages[registry];
    const version = textOf(own(this.#specifiers, this.#writtenAs(key))) ??
      // A package names another by its version, and not by a range.
      key.slice(key.lastIndexOf("@") + 1);
    return this.#takePackage(
      specifier,
      registry,
      packages,
      `${name}@${version}`,
    );
  }

  /** Returns the specifier as Deno writes it: in its words, `^1.0.0` is `1`. */
  #writtenAs(key: string): string {
    if (Object.hasOwn(this.#specifiers, key)) return key;
    const start = key.lastIndexOf("@") + 1;
    const range = key.slice(start);
    return Object.keys(this.#specifiers).find((one) =>
      one.startsWith(key.slice(0, start)) &&
      isSameRange(one.slice(start), range)
    ) ?? key;
  }

  #takeUrl(specifier: string): readonly string[] {
    const target = textOf(own(this.#redirects, specifier)) ?? specifier;
    const integrity = textOf(own(this.#remote, target));
    if (integrity === undefined) this.missing.add(specifier);
    else this.modules.set(target, integrity);
    return [];
  }

  #takePackage(
    specifier: string,
    registry: "npm" | "jsr",
    packages: JsonObject,
    key: string,
  ): readonly string[] {
    const entry = objectOf(own(packages, key));
    const integrity = textOf(entry.integrity);
    if (integrity === undefined) {
      this.missing.add(specifier);
      return [];
    }
    this.modules.set(`${registry}:${key}`, integrity);
    const needed = ["dependencies", "optionalDependencies", "optionalPeers"]
      .flatMap((field) => {
        const list = entry[field];
        return Array.isArray(list)
          ? list.filter((one): one is string => typeof one === "string")
          : [];
      });
    return registry === "jsr"
      ? needed.map((one) => this.#fullSpecifier(one))
      : needed.flatMap((one) => this.#npmSpecifier(packages, one));
  }

  /** A package of JSR names ranges, and leaves them out if there is only one. */
  #fullSpecifier(written: string): string {
    const key = keyOf(written) ?? written;
    if (Object.hasOwn(this.#specifiers, key)) return key;
    const prefix = key.slice(0, key.lastIndexOf("@") + 1);
    return Object.keys(this.#specifiers).find((one) =>
      one.startsWith(prefix)
    ) ?? key;
  }

  /** A package of npm leaves the version out if there is only one. */
  #npmSpecifier(packages: JsonObject, written: string): readonly string[] {
    const name = written.replace(/^.*@npm:/, "");
    if (Object.hasOwn(packages, name)) return [`npm:${name}`];
    const versions = Object.keys(packages).filter((key) =>
      key.slice(0, key.indexOf("@", 1)) === name
    );
    return (versions.length > 0 ? versions : [name]).map((one) => `npm:${one}`);
  }
}

/**
 * Takes from a `deno.lock` the modules that a plugin brings: the packages that it
 * imports with all that they need, and the URLs.
 *
 * @example A package and what it needs
 * ```ts
 * import { broughtModules } from "@semantik/plugins/provenance";
 * import { assertEquals } from "@std/assert";
 *
 * const lock = JSON.stringify({
 *   version: "5",
 *   specifiers: { "npm:fast-check@4": "4.11.0" },
 *   npm: {
 *     "fast-check@4.11.0": { integrity: "sha512-A", dependencies: ["pure-rand"] },
 *     "pure-rand@8.4.2": { integrity: "sha512-B" },
 *   },
 * });
 *
 * assertEquals(broughtModules(lock, ["npm:fast-check@4"]), {
 *   modules: { "npm:fast-check@4.11.0": "sha512-A", "npm:pure-rand@8.4.2": "sha512-B" },
 *   missing: [],
 * });
 * ```
 *
 * @param denoLock The text of the `deno.lock`.
 * @param imports The specifiers and URLs that the plugin imports.
 * @returns The modules, and the imports that are not pinned.
 */
export function broughtModules(
  denoLock: string,
  imports: readonly string[],
): BroughtModules {
  const parsed = parseJson(denoLock);
  const walk = new LockWalk(parsed.ok ? objectOf(parsed.value) : {});
  walk.follow(imports);
  return Object.freeze({
    modules: sortFiles(walk.modules),
    missing: Object.freeze([...walk.missing].sort()),
  });
}

/** Returns the version of a package that a `deno.lock` pins for a specifier. */
export function pinnedVersion(
  denoLock: string,
  specifier: string,
): string | undefined {
  const parsed = parseJson(denoLock);
  return new LockWalk(parsed.ok ? objectOf(parsed.value) : {})
    .versionOf(specifier);
}
