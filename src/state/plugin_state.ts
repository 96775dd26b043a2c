/**
 * What survives a restart about one plugin, as types.
 *
 * @module
 */

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

/** The kinds of Deno's permissions, as a manifest names them. */
export const CONSENT_KINDS = [
  "read",
  "write",
  "net",
  "env",
  "sys",
  "run",
  "ffi",
  "import",
] as const;

/**
 * The permissions that a person agreed to, in the words of a manifest's
 * `permissions`: each kind `true`, or a list.
 */
export type Consent = Readonly<
  Partial<Record<typeof CONSENT_KINDS[number], true | readonly string[]>>
>;

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
