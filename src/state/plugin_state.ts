/**
 * What survives a restart about one plugin, as types.
 *
 * @module
 */

import type { PermissionDeclaration } from "../permissions/permission_set.ts";

/** Anything that JSON can say. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | JsonObject;

/** An object of JSON. */
export interface JsonObject {
  /** What each key holds. */
  readonly [key: string]: JsonValue;
}

/** The permissions that a person agreed to, as in a manifest's `permissions`. */
export type Consent = PermissionDeclaration;

/** What is stored about one plugin. What is not there, nobody decided. */
export interface PluginState {
  /**
   * Whether the plugin may be loaded: `false` where it was disabled.
   *
   * @default {undefined} nobody decided, and the plugin counts as enabled
   */
  readonly enabled?: boolean;
  /**
   * Its configuration with references such as `api_key_env`, never with the
   * secrets that these stand for.
   *
   * @default {undefined} it was never configured
   */
  readonly config?: JsonObject;
  /**
   * What a person agreed to.
   *
   * @default {undefined} nobody was asked
   */
  readonly consented?: Consent;
}
