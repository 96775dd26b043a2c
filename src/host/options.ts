/**
 * What a host is made from.
 *
 * @module
 */

import type { AuditLogger } from "../audit/audit_logger.ts";
import type { Clock } from "../base/clock.ts";
import type { Environment } from "../environment/environment.ts";
import type { Builtin } from "../manifest/manifest.ts";
import type { PermissionDeclaration } from "../permissions/permission_set.ts";
import type { PermissionMode } from "../policy/facts.ts";
import type { RedactOptions } from "../secrets/tokens.ts";
import type { HealthOptions } from "./check_health.ts";
import type { HostTimeouts } from "./timeouts.ts";
import type { StateStore } from "../state/state_store.ts";
import type { Contracts } from "./contract.ts";
import type { PluginLogSink } from "./plugin_log.ts";

/** The options of a {@linkcode PluginHost}. */
export interface PluginHostOptions<Types extends Contracts = Contracts> {
  /** The name of the application, for the audit trail and for prompts. */
  readonly name: string;
  /** The version of the application: what a manifest's `host` is held against. */
  readonly version: string;
  /**
   * Where plugins come from: a directory of plugins, a directory that is one, a
   * `plugin.json`, a `file:` or `https:` URL, a `jsr:` or `npm:` specifier.
   * Relative paths are relative to the working directory.
   *
   * @default {[]}
   */
  readonly sources?: readonly (string | URL)[];
  /**
   * Plugins that the host hands over as objects.
   *
   * @default {[]}
   */
  readonly builtins?: readonly Builtin[];
  /**
   * What the plugins of each type must be, by type. A plugin of a type that is
   * not named here is not checked.
   *
   * @default {{}}
   */
  readonly contracts?: Types;
  /**
   * The configuration of each plugin, by id. What the state store holds wins
   * over it.
   *
   * @default {{}}
   */
  readonly config?: Readonly<Record<string, unknown>>;
  /**
   * The forms of tokens that are not public. They are masked in reports, logs
   * and the trail, refused in a configuration as they are, and withheld from
   * plugins in the environment, as those of well-known vendors are.
   *
   * @default {{}}
   */
  readonly redact?: RedactOptions;
  /**
   * The directories of secret files. A configuration names such a file under a
   * key that ends in `_file`, e.g. `api_key_file: "/run/secrets/api_key"`, and
   * the plugin gets its content as `api_key`. A file elsewhere must be declared
   * for reading in the manifest. With `false` such keys are ordinary settings.
   *
   * @default {["/run/secrets"]}
   */
  readonly secretDirectories?: readonly string[] | false;
  /**
   * Whether a secret may stand in a configuration as it is, without an
   * `_env` or `_file` reference.
   *
   * @default {false}
   */
  readonly allowRawSecrets?: boolean;
  /**
   * What the application itself needs of Deno. What this package needs, to read
   * plugins and to write state, it adds.
   *
   * @default {{}}
   */
  readonly hostPermissions?: PermissionDeclaration;
  /**
   * What happens to a plugin that declares what the process was not granted:
   * it is refused, a person is asked, or it is loaded and that is recorded.
   *
   * @default {"enforce"}
   */
  readonly permissions?: PermissionMode;
  /**
   * Lets the switches of the environment keep external plugins out:
   * `SEMANTIK_ENABLE_PLUGINS` and `SEMANTIK_ENABLE_<TYPE>_PLUGINS`. Reading them
   * needs the flag `--allow-env=SEMANTIK_ENABLE_*`; `false` reads none.
   *
   * @default {true}
   */
  readonly switches?: boolean;
  /**
   * Where variables come from.
   *
   * @default {processEnvironment()}
   */
  readonly environment?: Environment;
  /**
   * The directory that holds each plugin's private directory, `$DATA` in a
   * manifest. Without it a manifest that uses `$DATA` is refused.
   *
   * @default {undefined}
   */
  readonly dataDirectory?: string;
  /**
   * The audit trail.
   *
   * @default {createAuditLogger()} one line an event on standard error
   */
  readonly audit?: AuditLogger;
  /**
   * What survives a restart.
   *
   * @default {new MemoryStateStore()}
   */
  readonly state?: StateStore;
  /** How long the host waits for plugins and for the state store. */
  readonly timeouts?: Partial<HostTimeouts>;
  /**
   * Which health checks count as a change, and which are recorded.
   *
   * @default {{ threshold: 1, recordEvery: Infinity }} each change is recorded, and nothing else
   */
  readonly health?: HealthOptions;
  /**
   * What `load` does when a plugin was refused or failed: report it, or dispose
   * of everything and throw one `AggregateError`.
   *
   * @default {"report"}
   */
  readonly onProblem?: "report" | "throw";
  /**
   * Whether an error or rejection that a plugin left unhandled ends the plugin
   * and not the process.
   *
   * @default {true}
   */
  readonly containCrashes?: boolean;
  /**
   * Where the logs of plugins go.
   *
   * @default {undefined} one line a message on standard error
   */
  readonly log?: PluginLogSink;
  /**
   * The time.
   *
   * @default {systemClock}
   */
  readonly clock?: Clock;
  /**
   * Imports a module. A plugin whose files changed since its first import is
   * refused, whatever this function does.
   *
   * @default {(specifier) => import(specifier)}
   */
  readonly importModule?: (specifier: string) => Promise<unknown>;
}
