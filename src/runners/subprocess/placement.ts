/** Decides, before anything starts, whether a plugin can have a process of its own. */

import type { Problem } from "../../base/errors.ts";
import { quote } from "../../base/text.ts";
import { joinFilePath } from "../../base/path.ts";
import type { ReadPlugin } from "../../manifest/manifest.ts";
import type { PermissionSet } from "../../permissions/permission_set.ts";
import type { Placement, ResolvedPermissions } from "../runner.ts";
import { findDeno } from "./find_deno.ts";
import { fileProblems, isFile } from "./plugin_files.ts";

/** The directory of the sockets at which processes ask their host by default. */
export const DEFAULT_SOCKETS = "/tmp/semantik_plugins";

export interface PlacementOptions {
  /** The path or name of Deno that the application gave. */
  readonly deno: string | undefined;
  /** The `deno.json` of the application that applies to plugins without one. */
  readonly config: string | undefined;
  /** True if the plugins of a type are checked by a predicate over their object. */
  readonly hasPredicate: (type: string) => boolean;
  /** Reads a variable of the host. */
  readonly variable: (name: string) => string | undefined;
  /** The directory of the sockets at which processes ask; `undefined` with flags alone. */
  readonly sockets: string | undefined;
  /** The number of processes that are started before a plugin needs one. */
  readonly prewarm: number;
}

/** The most bytes of the path of a socket, without the zero at its end. */
const MAX_SOCKET_BYTES = Deno.build.os === "linux" ? 107 : 103;

/** Returns the paths that a host must be able to follow for a plugin. */
function pathsOf({ read, write, ffi }: PermissionSet): readonly string[] {
  return [read, write, ffi].flatMap((list) =>
    list === undefined || list === true ? [] : list
  );
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
  readonly #sockets: string | undefined;
  readonly #prewarm: number;

  constructor(options: PlacementOptions) {
    const { deno, config, hasPredicate, variable, sockets, prewarm } = options;
    this.#hasPredicate = hasPredicate;
    this.#config = config;
    this.#sockets = sockets;
    this.#prewarm = prewarm;
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

  /** Returns the path of a plugin's socket; `undefined` with flags alone. */
  socketOf(id: string): string | undefined {
    return this.#sockets === undefined
      ? undefined
      : joinFilePath(this.#sockets, `${id}.sock`);
  }

  /** The path of the socket of processes without a plugin; `undefined` without any. */
  get spareSocket(): string | undefined {
    // No plugin has this id.
    return this.#prewarm === 0 ? undefined : this.socketOf("+");
  }

  /**
   * Returns the permission to start Deno, and those to read the variables that the
   * plugin declares. `prlimit` is optional: it bounds more. To decide live, the
   * host also listens at a socket, and follows the paths that the plugin declares.
   */
  hostNeeds(
    { manifest: { id } }: ReadPlugin,
    { required, optional }: ResolvedPermissions,
  ): ResolvedPermissions {
    const limiters = Deno.build.os === "linux" ? { run: ["prlimit"] } : {};
    const run = [this.deno ?? "deno"];
    const socket = this.socketOf(id);
    const sockets = this.#sockets;
    if (socket === undefined || sockets === undefined) {
      return {
        required: { ...variablesOf(required), run },
        optional: { ...variablesOf(optional), ...limiters },
      };
    }
    const followed = pathsOf(optional);
    return {
      required: {
        ...variablesOf(required),
        run,
        read: [sockets, ...pathsOf(required)],
        write: [sockets],
        net: [socket, this.spareSocket].filter((path) => path !== undefined)
          .map((path) => `unix:${path}`),
      },
      optional: {
        ...variablesOf(optional),
        ...limiters,
        ...followed.length === 0 ? {} : { read: followed },
      },
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
    return [
      ...problems,
      ...this.#socketProblems(id, cannot),
      ...fileProblems(plugin, this.#config, this.#sockets !== undefined),
    ];
  }

  #socketProblems(id: string, cannot: string): readonly Problem[] {
    const socket = this.socketOf(id);
    if (socket === undefined) return [];
    if (Deno.build.os === "windows") {
      return [Object.freeze({
        code: "PLUGIN_RUNNER_UNAVAILABLE",
        message: `${cannot}on Windows a host can only listen for its ` +
          "permission checks with all permissions",
        remedy: 'Use subprocess({ mode: "flags" })',
      })];
    }
    const { length } = new TextEncoder().encode(socket);
    if (length <= MAX_SOCKET_BYTES) return [];
    return [Object.freeze({
      code: "PLUGIN_RUNNER_UNAVAILABLE",
      message: `${cannot}the path of its socket, ${quote(socket)}, has ` +
        `${length} bytes, and the system allows ${MAX_SOCKET_BYTES}`,
      remedy: "Pass a shorter directory as the option sockets of subprocess()",
    })];
  }
}
