/** Decides, before anything starts, whether a plugin can have a process of its own. */

import type { Problem } from "../../base/errors.ts";
import type { ReadPlugin } from "../../manifest/manifest.ts";
import type { PermissionSet } from "../../permissions/permission_set.ts";
import type { Placement, ResolvedPermissions } from "../runner.ts";
import { findDeno } from "./find_deno.ts";
import { fileProblems, isFile } from "./plugin_files.ts";

export interface PlacementOptions {
  /** The path or name of Deno that the application gave. */
  readonly deno: string | undefined;
  /** The `deno.json` of the application that applies to plugins without one. */
  readonly config: string | undefined;
  /** True if the plugins of a type are checked by a predicate over their object. */
  readonly hasPredicate: (type: string) => boolean;
  /** Reads a variable of the host. */
  readonly variable: (name: string) => string | undefined;
}

/** Returns the variables of a set: only their values pass through the host. */
function variablesOf({ env }: PermissionSet): PermissionSet {
  return env === undefined ? {} : { env };
}

export class SubprocessPlacement {
  /** The Deno that runs plugins; `undefined` if none was found. */
  readonly deno: string | undefined;
  readonly #hasPredicate: (type: string) => boolean;
  readonly #config: string | undefined;

  constructor({ deno, config, hasPredicate, variable }: PlacementOptions) {
    this.#hasPredicate = hasPredicate;
    this.#config = config;
    this.deno = findDeno({
      given: deno,
      isCompiled: Deno.build.standalone,
      execPath: Deno.execPath(),
      // Only a compiled program looks for it, and reading it takes a permission.
      searchPath: Deno.build.standalone ? variable("PATH") : undefined,
      os: Deno.build.os,
      isFile,
    });
  }

  placeOf(plugin: ReadPlugin): Placement {
    return { kind: "subprocess", problems: this.#problemsOf(plugin) };
  }

  /**
   * Returns the permission to start Deno, and those to read the variables that the
   * plugin declares. `prlimit` is optional: it bounds more.
   */
  hostNeeds({ required, optional }: ResolvedPermissions): ResolvedPermissions {
    const limiters = Deno.build.os === "linux" ? { run: ["prlimit"] } : {};
    return {
      required: { ...variablesOf(required), run: [this.deno ?? "deno"] },
      optional: { ...variablesOf(optional), ...limiters },
    };
  }

  #problemsOf(plugin: ReadPlugin): readonly Problem[] {
    const { code, manifest: { id, type } } = plugin;
    const cannot = `Cannot run plugin "${id}" in its own process: `;
    if (code.kind === "object") {
      return [Object.freeze({
        code: "PLUGIN_NOT_TRANSFERABLE",
        message: `${cannot}the application passed it as an object`,
        remedy:
          "Pass it by sources, or choose this process by the option runner",
      })];
    }
    const problems: Problem[] = [];
    if (this.#hasPredicate(type)) {
      problems.push(Object.freeze({
        code: "PLUGIN_NOT_TRANSFERABLE",
        message: `${cannot}the contract of type "${type}" is a schema, ` +
          "which needs the object itself",
        remedy: 'Name the methods: contract("method")',
      }));
    }
    if (this.deno === undefined) {
      problems.push(Object.freeze({
        code: "PLUGIN_RUNNER_UNAVAILABLE",
        message: `${cannot}this program was compiled, and PATH has no deno`,
        remedy:
          "Install Deno, or pass its path as the option deno of subprocess()",
      }));
    }
    return [...problems, ...fileProblems(plugin, this.#config)];
  }
}
