/** The settings that reading needs, a part of those of a host. */

import type { Clock } from "../base/timing.ts";
import type { Environment } from "../environment/environment.ts";
import type { Builtin } from "../manifest/manifest.ts";
import type { ImportModule } from "../manifest/source_system.ts";
import type { PermissionSet } from "../permissions/permission_set.ts";
import type { PermissionMode } from "../policy/checks.ts";
import type { HostSystem } from "./host_system.ts";

export interface InspectionSettings {
  readonly version: string;
  readonly permissions: PermissionMode;
  readonly workingDirectory: string;
  readonly sources: readonly (string | URL)[];
  readonly builtins: readonly Builtin[];
  readonly config: ReadonlyMap<string, unknown>;
  readonly secretDirectories: readonly string[] | false;
  readonly allowRawSecrets: boolean;
  /** The permissions that the application itself declares. */
  readonly hostPermissions: PermissionSet;
  /** True if the switches of the environment are read. */
  readonly switches: boolean;
  readonly environment: Environment;
  readonly dataDirectory: string | undefined;
  readonly audit: { readonly files: readonly string[] };
  readonly timeouts: { readonly load: number };
  readonly clock: Clock;
  readonly importModule: ImportModule | undefined;
  /** The remedy for imports from servers without an `importModule`. */
  readonly remoteRemedy: string;
  readonly system: HostSystem;
}
